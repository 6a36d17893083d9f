"""The processes that work in the background: ``dramatiq workers.actors`` and ``python -m workers.schedule``."""
