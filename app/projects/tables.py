"""A project and the libraries that its runs draw on."""

from piccolo.columns import JSONB, UUID, Boolean, ForeignKey, Integer, Real, Text, Timestamptz, Varchar
from piccolo.table import Table

from app.clock import now
from app.database import DB
from app.identity import new_id


class Project(Table, db=DB):
    id = UUID(primary_key=True, default=new_id)
    slug = Varchar(length=60, unique=True)
    name = Varchar(length=120)
    language = Varchar(length=12, default="en")
    is_sample = Boolean(default=False)
    created_at = Timestamptz(default=now)


class BrandVoice(Table, db=DB):
    """One version of a brand voice; the newest version of a name is the one in use. Versions are never changed."""

    id = UUID(primary_key=True, default=new_id)
    project = ForeignKey(Project, null=False, index=True)
    name = Varchar(length=120)
    version = Integer(default=1)
    guidelines = Text(default="")
    preferred_words = JSONB(default=[])
    forbidden_words = JSONB(default=[])
    sample = Text(default="")
    is_default = Boolean(default=False)
    created_at = Timestamptz(default=now)


class ModelProfile(Table, db=DB):
    """A named choice of provider, model and parameters."""

    id = UUID(primary_key=True, default=new_id)
    project = ForeignKey(Project, null=False, index=True)
    name = Varchar(length=120)
    provider = Varchar(length=40)
    model = Varchar(length=120)
    temperature = Real(null=True, default=None)
    is_default = Boolean(default=False)
    created_at = Timestamptz(default=now)
