"""What `pressroom up` does, with the processes of the Procfile beside this file."""

import sys
from pathlib import Path

from app.embedded.supervisor import up
from app.settings import Settings

HERE = Path(__file__).parent
LINK = "http://127.0.0.1/sign-in/once"

sys.exit(
    up(
        Settings.from_environment(),
        procfile=Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "Procfile",
        seed=f"python {HERE / 'announce.py'} {LINK}",
        demo="sleep 600 {port}",
        pauses=(0.05,) * 4,
    )
)
