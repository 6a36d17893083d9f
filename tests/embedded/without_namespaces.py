"""Runs a command as root of a place where no further user namespaces can be made, as in many containers."""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
ALL_USERS = "0 0 65536"

entered, may_go = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    if ctypes.CDLL(None).unshare(CLONE_NEWUSER) != 0:
        sys.exit("this system lets nobody make a user namespace")
    os.write(entered[1], b".")
    os.read(may_go[0], 1)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    os.execvp(sys.argv[1], sys.argv[1:])
os.read(entered[0], 1)
for table in ("uid_map", "gid_map"):
    Path(f"/proc/{child}/{table}").write_text(ALL_USERS)
os.write(may_go[1], b".")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
