"""Keeps pages and other objects to its end, and prints the time at which that begins.

    objects.py DIRECTORY OBJECTS PAGES
"""
import os, sys, time

class Node: pass

class Table:
    def __init__(self, number):
        self.page = "%s/%d" % (sys.argv[1], number)
        os.close(os.open(self.page, os.O_CREAT))
    def __del__(self):
        os.unlink(self.page)

nodes = [Node() for _ in range(int(sys.argv[2]))]
for node in nodes: node.next = nodes
tables = [Table(number) for number in range(int(sys.argv[3]))]
print(time.time(), flush=True)
