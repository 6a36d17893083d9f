"""PostgreSQL refuses to run as root, and to set up its data as a user without a name: as whom it is started then.

First choice is a user namespace, in which we are a named ordinary user while the files stay ours. Containers often
forbid that; there root starts it as ``nobody``, who keeps the single right to pass through root's folders.
"""

import ctypes
import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.embedded.trouble import CannotStart

CLONE_NEWUSER = 0x10000000  # unshare(2)
PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 8, 47, 2  # prctl(2)
CAPABILITY_VERSION_3, CAP_DAC_OVERRIDE = 0x20080522, 1  # capset(2), capabilities(7)

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class RunsAs:
    """``owner`` has to own the data; ``become`` is called in the new process, between fork and exec."""

    owner: int
    become: Callable[[], None]


def unprivileged(harmless_command: Sequence[str | Path], folder: Path) -> RunsAs:
    """As whom ``harmless_command`` can be run with ``folder`` in reach. Raises ``CannotStart`` where nobody can."""
    ourselves = os.geteuid()
    if ourselves != 0 and _has_name(ourselves):
        return RunsAs(ourselves, lambda: None)
    choices = [RunsAs(ourselves, _enter_namespace)]
    if ourselves == 0:
        choices.append(RunsAs(pwd.getpwnam("nobody").pw_uid, _become_nobody))
    for somebody in choices:
        if _works(somebody, harmless_command, folder):
            return somebody
    raise CannotStart("PostgreSQL cannot be started by this user: start Pressroom as an ordinary user with a name.")


def _has_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return False


def _works(somebody: RunsAs, harmless_command: Sequence[str | Path], folder: Path) -> bool:
    def become_and_enter() -> None:
        somebody.become()
        os.chdir(folder)

    try:
        trial = subprocess.run(harmless_command, preexec_fn=become_and_enter, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return trial.returncode == 0


def _enter_namespace() -> None:
    """initdb asks for the name of its user, so inside we are the first of the system's users that is not root."""
    uid_inside = next(user.pw_uid for user in pwd.getpwall() if user.pw_uid != 0)
    uid, gid = os.geteuid(), os.getegid()
    if sys.platform != "linux" or _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not to be had")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid_inside} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{uid_inside} {gid} 1")


def _become_nobody() -> None:
    nobody = pwd.getpwnam("nobody")
    if sys.platform == "linux":
        _libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    if sys.platform == "linux":
        _keep_passing_through_folders()


def _keep_passing_through_folders() -> None:
    """Without it nobody could not reach a home below a folder of root's own, as /root is."""
    kept = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(kept, kept, kept, 0, 0, 0)
    if _libc.capset(header, effective_permitted_inheritable) == 0:
        _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
