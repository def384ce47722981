#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# nginx: bodies of requests lie in client_body_temp (here all do), and go with their request; master and workers killed in the middle leave one, the unix socket and the pid file
for p in nginx; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
cat > in/n.conf <<P
daemon off; pid $WORK/tmp/n.pid; error_log $WORK/out/error.log; user root; worker_processes 1;
events { worker_connections 16; }
http { access_log off; client_body_temp_path $WORK/tmp/body; proxy_temp_path $WORK/tmp/proxy; fastcgi_temp_path $WORK/tmp/f; uwsgi_temp_path $WORK/tmp/u; scgi_temp_path $WORK/tmp/s;
client_body_in_file_only clean; server { listen unix:$WORK/tmp/s.sock; location / { proxy_pass http://unix:$WORK/tmp/none.sock; } } }
P
cat > in/c.py <<'P'
import socket, sys, time
def send(given, size, stay):
    s = socket.socket(socket.AF_UNIX); s.connect('tmp/s.sock'); s.sendall(b'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n' % size + b'x' * given)
    time.sleep(stay); s.recv(100)
send(200000, 200000, 0); send(100000, 200000, 15)
P
$A nginx -e "$WORK/out/error.log" -c "$WORK/in/n.conf" & P=$!
waitfor tmp/s.sock; sleep .2; python3 in/c.py 2>/dev/null & F=$!
waitfor 'tmp/body/0000000002'; sleep .2; C=$(cat /proc/$P/task/$P/children); kill -KILL $P $C; wait $P 2>/dev/null; kill $F; wait 2>/dev/null; true
