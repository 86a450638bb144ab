"""`python -m scheduler`."""

from app.ground.loading import loaded

if __name__ == "__main__":
    loaded("scheduler.process:main")()
