"""Says in which environment it was run, then its word."""

import os
import sys

given = [os.environ[name] for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEMO_PROVIDER_URL")]
sys.stdout.write(f"{' '.join(given)}\n{sys.argv[1]}\n")
