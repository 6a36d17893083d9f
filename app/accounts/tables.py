"""Members, what they may do in which project, and how they prove who they are."""

from enum import StrEnum

from piccolo.columns import UUID, ForeignKey, LazyTableReference, Text, Timestamptz, Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

from app.clock import now
from app.database import DB
from app.identity import new_id


class Role(StrEnum):
    """In rising order of rights: a viewer reads, an editor submits and reviews, an owner sees to money and people."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"

    def covers(self, needed: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Member(Table, db=DB):
    id = UUID(primary_key=True, default=new_id)
    email = Varchar(length=254, unique=True)
    name = Varchar(length=120, default="")
    created_at = Timestamptz(default=now)


class Membership(Table, db=DB):
    id = UUID(primary_key=True, default=new_id)
    member = ForeignKey(Member, null=False)
    project: ForeignKey[Table] = ForeignKey(LazyTableReference("Project", app_name="pressroom"), null=False, index=True)
    role = Varchar(length=10, choices=Role)
    created_at = Timestamptz(default=now)


class SignInLink(Table, db=DB):
    """Good for one sign-in. Only the hash of its token is kept."""

    id = UUID(primary_key=True, default=new_id)
    token_hash = Text(unique=True)
    member = ForeignKey(Member, null=False)
    created_at = Timestamptz(default=now)
    expires_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)


class Session(Table, db=DB):
    """A signed-in browser. Only the hash of its cookie is kept."""

    id = UUID(primary_key=True, default=new_id)
    token_hash = Text(unique=True)
    member = ForeignKey(Member, null=False, index=True, index_method=IndexMethod.btree)
    created_at = Timestamptz(default=now)
    seen_at = Timestamptz(default=now)
    expires_at = Timestamptz()


class ApiToken(Table, db=DB):
    """A bearer token of one project. It can do what its role allows, and spends its creator's allowance."""

    id = UUID(primary_key=True, default=new_id)
    token_hash = Text(unique=True)
    name = Varchar(length=120)
    project: ForeignKey[Table] = ForeignKey(LazyTableReference("Project", app_name="pressroom"), null=False, index=True)
    member = ForeignKey(Member, null=False)
    role = Varchar(length=10, choices=Role)
    created_at = Timestamptz(default=now)
    expires_at = Timestamptz(null=True, default=None)
    used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
