"""What people see happen: ``publish`` says that something changed, ``hub`` hears it, ``streams`` sends it to browsers.

Postgres is the truth, so an event carries no state, only the news that there is some; the one exception is text that
is being written, which lives here until its component is a checkpoint.
"""
