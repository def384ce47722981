#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# dbus-run-session: the bus's socket lies in /tmp whatever TMPDIR says, and goes with it
for p in dbus-run-session dbus-send; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
$A dbus-run-session -- sh -c 'dbus-send --session --dest=org.freedesktop.DBus --print-reply / org.freedesktop.DBus.ListNames' > out/names
