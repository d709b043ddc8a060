"""Prefixes of subjects in the languages of the world."""

from __future__ import annotations

import pytest

from channels.mail.forward_subject import SubjectKind, subject_kind, without_prefix

SUBJECTS = {
    "Fwd: roof": SubjectKind.FORWARD,
    "FW: Re: roof": SubjectKind.FORWARD,
    "[EXTERNAL] [Ticket 5] WG: Dach": SubjectKind.FORWARD,
    "[Fwd: roof]": SubjectKind.FORWARD,
    "Fwd[2]: roof": SubjectKind.FORWARD,
    "TR : toit": SubjectKind.FORWARD,
    "Redir.: acoperiș": SubjectKind.FORWARD,
    "İLT: çatı": SubjectKind.FORWARD,
    "转发：屋顶": SubjectKind.FORWARD,
    "Re: Fwd: roof": SubjectKind.REPLY,
    "AW: Dach": SubjectKind.REPLY,
    "Odp: dach": SubjectKind.REPLY,
    "回复: 屋顶": SubjectKind.REPLY,
    "Automatic reply: roof": SubjectKind.REPLY,
    "Réponse automatique : toit": SubjectKind.REPLY,
    "roof: three windows": SubjectKind.OTHER,
    "Forward planning meeting": SubjectKind.OTHER,
    "I need a roof": SubjectKind.OTHER,
    "[Fwd": SubjectKind.OTHER,
    "": SubjectKind.OTHER,
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_kind(subject: str) -> None:
    """The first prefix decides; tags in brackets are passed over."""
    assert subject_kind(subject) is SUBJECTS[subject]


@pytest.mark.parametrize(
    ("subject", "rest"),
    [("FW: Re: roof", "Re: roof"), ("[Fwd: roof]", "roof"), ("[EXT] WG: Dach", "Dach"), ("roof: now", "roof: now")],
)
def test_without_prefix(subject: str, rest: str) -> None:
    """Only the first known prefix goes, with the tags before it."""
    assert without_prefix(subject) == rest
