"""What moderators asked the calculator, and what it answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Simulation(Base):
    """One question to the calculator. Finished, it has either outcomes or an error."""

    __tablename__ = "simulations"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    asked_at: Mapped[datetime]
    wish: Mapped[dict[str, Any]] = mapped_column(JSON)
    """A `community.freshness.simulation.wish.Wish`."""
    outcomes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """One per policy, each a `community.freshness.simulation.outcome.Outcome`."""
    error: Mapped[str] = mapped_column(default="")
    """Why there are none, in words."""
    finished_at: Mapped[datetime | None]
