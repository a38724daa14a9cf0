"""Arms: when which tag was run "permanent", so that its answers can be compared with the others."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Arm(Base):
    """One time in which a tag was run permanent; kept when it is over, since the comparison is read then. At most one is open."""

    __tablename__ = "arms"
    __table_args__ = (
        Index(
            "uq_arms_tag_id",
            "tag_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
