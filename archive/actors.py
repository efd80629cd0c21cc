"""Who acts: a person, a station or the system itself; every read and every event names one."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Actor:
    """``id`` is ``usr_…``, ``sta_…`` or ``system``. Roles and clearance decide nothing yet but stand in the type,
    so that the later policies find them where every caller already passes them."""

    id: str
    roles: frozenset[str] = field(default_factory=frozenset)
    matters: frozenset[str] = field(default_factory=frozenset)
    clearance: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_station(self) -> bool:
        """True for a docking station."""
        return self.id.startswith("sta_")

    @property
    def is_person(self) -> bool:
        """True for a person with an account."""
        return self.id.startswith("usr_")

    @property
    def is_head(self) -> bool:
        """True for a person with the role of a head; which units' stands in the register (``archive.sight``)."""
        return self.is_person and HEAD in self.roles

    @property
    def oversees_all(self) -> bool:
        """True for a person whose role sees matters of every unit without working on them."""
        return self.is_person and not self.roles.isdisjoint(OVERSEERS)


HEAD = "head"
"""The role of the head of a unit, who confirms what others stated (RULES "People")."""
OVERSEERS = frozenset({"archive_manager", "supervisor"})
"""Archive manager 档案管理员, supervisor 监督人员."""
SYSTEM = Actor("system")
"""The archive's own jobs."""
