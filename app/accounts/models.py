"""People and what lets them in: accounts, sessions, single-use links, suspensions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Role(StrEnum):
    """What a person is to the community; each may do what the ones before it may."""

    CUSTOMER = "customer"
    STAFF = "staff"
    MODERATOR = "moderator"
    ADMIN = "admin"


class User(Base):
    """A person. Imported people have no mail address and no password, and cannot sign in."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('customer', 'staff', 'moderator', 'admin')", name="role"),
        Index("ix_users_reputation", "reputation", "id"),
        Index(
            "ix_users_merged_into_id",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        # By code points on both, so that a prefix is a range whatever language PostgreSQL was set up for.
        Index("ix_users_name", text("lower(name)"), "id").ddl_if(dialect="sqlite"),
        Index("ix_users_name", text('lower(name) COLLATE "C"'), "id").ddl_if(dialect="postgresql"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str | None] = mapped_column(unique=True)
    """`rendering.name_key(name)`: what @mentions and the uniqueness of names go by. None: the name cannot be mentioned."""
    email: Mapped[str | None] = mapped_column(unique=True)
    """Normalised, lower case."""
    email_confirmed_at: Mapped[datetime | None]
    password_hash: Mapped[str | None]
    role: Mapped[str] = mapped_column(default=Role.CUSTOMER)
    reputation: Mapped[int] = mapped_column(default=1)
    """Cached: 1 and the sum of the person's ledger entries. Only `reputation.ledger` writes it."""
    about_source: Mapped[str] = mapped_column(default="")
    about_html: Mapped[str] = mapped_column(default="")
    avatar_url: Mapped[str | None]
    """A path on this site; None: drawn from the name."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    expert_until: Mapped[datetime | None]
    """Until when the person is an expert in any tag. Only `community.moderation.expertise` writes it."""
    suspended_until: Mapped[datetime | None]
    """Cached from the standing suspension."""
    suspended_reason: Mapped[str | None]
    unread_count: Mapped[int] = mapped_column(default=0)
    """Cached count of unread inbox entries. Only `community.notifications` writes it."""
    origin_url: Mapped[str | None]
    """Where an imported person comes from."""
    mail_notices: Mapped[bool] = mapped_column(default=True, server_default=true())
    closed_at: Mapped[datetime | None]
    """When the account was closed: nobody signs in with it any more; what it wrote stays."""
    merged_into_id: Mapped[int | None]
    """The account that took this one over."""

    @property
    def is_active(self) -> bool:
        """Flask-Login's word for: may be signed in."""
        return True

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_anonymous(self) -> bool:
        return False

    @property
    def is_staff(self) -> bool:
        """Speaks for the company: staff, moderators and admins."""
        return self.role != Role.CUSTOMER

    @property
    def is_moderator(self) -> bool:
        return self.role in (Role.MODERATOR, Role.ADMIN)

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    def is_suspended(self, now: datetime) -> bool:
        """Whether a suspension stands at `now`."""
        return self.suspended_until is not None and self.suspended_until > now


class UserSession(Base):
    """A signed-in browser. The cookie holds the token; the table holds its SHA-256, so that a stolen table opens nothing."""

    __tablename__ = "user_sessions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    user_agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")


class AccountToken(Base):
    """A single-use link: `used_at` is set by a conditional UPDATE, so it opens one time only."""

    __tablename__ = "account_tokens"
    __table_args__ = (
        CheckConstraint("purpose IN ('confirm', 'reset', 'email')", name="purpose"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[str]
    email: Mapped[str]
    """The address the link was sent to; a confirmation confirms this one."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Suspension(Base):
    """A time in which a person may read but not write; lifted early or run out, the row stays."""

    __tablename__ = "suspensions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str]
    created_at: Mapped[datetime]
    until: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
