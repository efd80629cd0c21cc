"""Settings: ``DATA/liuhen.toml``, each key overridable as ``LIUHEN_<SECTION>__<KEY>``; no secret stands in either."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from archive.errors import Refused
from retention.clauses import DEFAULT_PACK


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LogSettings(_Section):
    """The custody log."""

    origin: str = Field(description="Stable name of this log; written once by `liuhen init`, never changed.")
    staged_lock: timedelta = Field(default=timedelta(days=30),
                                   description="Lock of each staged batch of leaves in the store.")
    lock: timedelta = Field(default=timedelta(days=396), description="How far ahead the locks of tiles, bundles and "
                            "anchors reach; extended while they are needed.")
    key_lock: timedelta = Field(default=timedelta(days=30), description="Lock of the wrapped keys of particulars in "
                                "the store; an erasure is complete when it has run out.")
    policy: str = Field(
        default="", description="File with the cosigner policy (C2SP tlog-policy), relative to the data folder; empty: "
        "no cosigners, the operator's word only.")
    anchor_every: timedelta = Field(
        default=timedelta(minutes=10), description="How often a new checkpoint is put under time-stamps and locked, "
        "while events come.")


class AuthoritySettings(_Section):
    """A time-stamp authority (RFC 3161)."""

    name: str = Field(description="Short name of this authority in anchors.")
    url: str = Field(description="Where it is asked.")
    certificate: str = Field(description="PEM file with its root certificates, relative to the data folder.")


class TimeSettings(_Section):
    """Time from outside."""

    authorities: tuple[AuthoritySettings, ...] = Field(
        default=(), description="Time-stamp authorities (RFC 3161), each with `name`, `url` and `certificate`; none: "
        "times are the operator's word.")


class WebSettings(_Section):
    """Where pages and the API are served."""

    host: str = Field(default="127.0.0.1",
                      description="Address to listen on; put a TLS proxy in front for other machines.")
    port: int = Field(default=8420, ge=0, le=65535, description="Port; 0 takes a free one and prints it.")
    public_url: str = Field(default="", description="Address people use; cookies are Secure exactly when it is https.")


class StoreSettings(_Section):
    """The object store that holds originals. Credentials stand in `keys/store.json`."""

    kind: Literal["embedded", "s3"] = Field(
        default="embedded",
        description="`embedded` runs SeaweedFS as a child; `s3` uses an outside store with object lock.")
    endpoint: str = Field(default="", description="host:port of an outside store.")
    bucket: str = Field(default="liuhen", description="Bucket with versioning and object lock.")
    secure: bool = Field(default=True, description="TLS to an outside store.")
    region: str = Field(default="us-east-1", description="Region an outside store expects in signatures.")
    name: str = Field(default="primary", description="Name of this store in custody events.")


class DepositSettings(_Section):
    """Receiving recordings."""

    staging_lock: timedelta = Field(default=timedelta(days=30),
                                    description="Lock of a finished upload until accession.")
    keep_default: timedelta = Field(
        default=timedelta(days=3650),
        description="Lock of accessioned originals and their derivatives; the one rule until rule packs come.")
    expire_after: timedelta = Field(
        default=timedelta(days=7), gt=timedelta(0), description="How long an open upload waits for its next byte; then "
        "it expires and nothing of it is kept.")
    digests: tuple[Literal["sha256", "sm3"], ...] = Field(
        default=("sha256",), description="Digests of every original; sha256 stands first, sm3 beside it where wanted.")


class DropFolderSettings(_Section):
    """A drop folder; written by `liuhen drop add`."""

    path: Path = Field(description="The folder other servers write into.")
    account: str = Field(description="The import account that attests for it (`sta_…`), whose key lies at the archive.")
    quiet: timedelta | None = Field(default=None, description="How long a file must be without change, as seen here.")
    after: Literal["keep", "move", "remove", "untouched"] = Field(
        default="keep", description="What becomes of a file once its receipt has been verified.")
    room: str | None = Field(default=None, description="The room (`rom_…`) whose sessions ask for what lies here.")
    channels: dict[str, int] = Field(default={}, description="Which recorder is which channel of the room.")


class DropSettings(_Section):
    """Docks and video recorders that cannot sign."""

    folders: tuple[DropFolderSettings, ...] = Field(
        default=(), description="Drop folders, each with `path`, `account` and, where wanted, `quiet` (a span of "
        "time), `after` (`keep`, `move`, `remove` or `untouched`), `room` and `channels`; written by "
        "`liuhen drop add`.")
    look_every: timedelta = Field(
        default=timedelta(minutes=1), description="How often the serving process looks into the drop folders.")


class MediaSettings(_Section):
    """Access copies."""

    allow_unsandboxed: bool = Field(
        default=False, description="Run ffmpeg without a sandbox where the machine offers none; every event says so.")


class RulesSettings(_Section):
    """The rules that apply here."""

    pack: str = Field(default=DEFAULT_PACK, description="Rule pack by whose clauses deadlines are judged.")


class Settings(BaseSettings):
    """All settings, frozen. Unknown keys are refused."""

    model_config = SettingsConfigDict(env_prefix="LIUHEN_", env_nested_delimiter="__", frozen=True, extra="forbid")
    log: LogSettings
    time: TimeSettings = TimeSettings()
    web: WebSettings = WebSettings()
    store: StoreSettings = StoreSettings()
    deposit: DepositSettings = DepositSettings()
    media: MediaSettings = MediaSettings()
    drop: DropSettings = DropSettings()
    rules: RulesSettings = RulesSettings()
    testing: bool = Field(default=False, description="Honour `test_stop_at`; never on a real archive.")
    test_stop_at: str = Field(default="", description="With `testing`: the process kills itself at this point.")

    @classmethod
    def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the file given as ``_toml``."""
        return (env_settings, init_settings)


def settings_path(data: Path) -> Path:
    """``DATA/liuhen.toml``."""
    return data / "liuhen.toml"


def load_settings(data: Path) -> Settings:
    """Settings of a data folder; ``Refused settings.invalid | settings.absent`` in one sentence."""
    path = settings_path(data)
    if not path.exists():
        raise Refused("settings.absent", f"{data} holds no archive yet: run `liuhen init --data {data}`")
    try:
        held: dict[str, Any] = TomlConfigSettingsSource(Settings, path)()
        return Settings(**held)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused("settings.invalid", f"setting {where}: {first['msg']} ({path} or LIUHEN_… variables)") from fault
    except ValueError as fault:
        raise Refused("settings.invalid", f"{path} does not read: {fault}") from fault
