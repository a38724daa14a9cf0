"""What a person types about themselves, made uniform or refused with words they understand."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from app import rendering

NAME_MIN, NAME_MAX = 2, 60
"""Characters of a name."""
ABOUT_MAX = 2000
"""Characters of what a person writes about themselves."""

_JOINERS = {"\u200c", "\u200d"}
"""Invisible, but part of the spelling in Persian and in Indian scripts; `name_key` leaves them out, so they hide no copy."""
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Unicode categories of what cannot be seen, direction marks among them: with these a name could pose as another one."""


def clean_name(text: str) -> tuple[str, str]:
    """A name in its uniform spelling, and its key. Raises ValueError with the reason for the person."""
    name = " ".join(rendering.clean_source(text).split())
    if not NAME_MIN <= len(name) <= NAME_MAX:
        raise ValueError(f"A name has {NAME_MIN} to {NAME_MAX} characters.")
    if any(unicodedata.category(character) in _UNSEEN and character not in _JOINERS for character in name):
        raise ValueError("The name has a character that cannot be seen. Type it anew rather than pasting it.")
    key = rendering.name_key(name)
    if not key:
        raise ValueError("A name needs a letter or a digit.")
    return name, key


def clean_email(text: str) -> str:
    """A mail address in its uniform spelling, lower case. Raises ValueError with the reason for the person.

    Whether the address exists is not looked up: only a mail that arrives tells.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValueError("This is not a mail address as we know them: name@example.com.") from None
    return (found.ascii_email or found.normalized).lower()


def email_key(text: str) -> str:
    """What was typed as a mail address, as the accounts know it; something that none has when it is no address."""
    try:
        return clean_email(text)
    except ValueError:
        return ""


def clean_about(text: str) -> str:
    """What a person says about themselves. Raises ValueError with the reason for the person."""
    about = rendering.clean_source(text).strip()
    if len(about) > ABOUT_MAX:
        raise ValueError(f"This has {len(about)} characters; {ABOUT_MAX} is the most that fits here.")
    return about
