"""TCP ports."""
import socket


def free_port():
    """One that nobody listens on now."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return free.getsockname()[1]
