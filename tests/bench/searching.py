"""Searches over a million recordings of two hundred thousand matters: generated rows, filled as a migration fills them.

The peer is what a plain database does with the same words: ``LIKE`` over the label's columns.
"""

import random
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.figures import Figure, Scale, compared, seconds
from sqlalchemy import create_engine

from archive import custody, guards, search_fill
from archive.actors import SYSTEM
from archive.case_numbers import case_key, case_tail
from archive.db import Database
from archive.finding import find
from archive.migrations import migrate

RECORDINGS, FEW = 1_000_000, 20_000
OF_A_MATTER = 5
ASIDE_EVERY = 100
QUERIES, PEER_QUERIES = 60, 3
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏锺汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文"
    "单查仇")
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂建国华文玉红志春梅海波晓东永福林贵生龙元全胜学祥才发"
    "成康星光天达安岩中茂进有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江浩亮政谦亨奇固之"
    "轮翰朗伯宏言若鸣朋斌梁栋维启克伦翔旭鹏泽晨辰士以家致树炎德行时泰盛雄琛钧冠策腾楠榕风航弘")
TRADES = ("食品", "餐饮管理", "医疗器械", "建材", "农资", "物流", "美容", "装饰工程", "商贸", "电子科技", "酒店",
          "药房")
ROADS = ("长江路", "解放北路", "人民路", "新华南街", "和平东路", "友好路", "光明巷", "中山大道", "黄河路", "幸福里")
ABOUT = ("未取得许可从事经营", "销售过期食品", "虚假宣传", "无证行医", "超限运输", "未按规定公示价格",
         "消防通道占用", "噪声超标排放", "未建立进货查验记录", "生产日期标注不符")


def measure_searches(folder: Path, scale: Scale) -> list[Figure]:
    """``search_KIND``: p95 of each kind of query, milliseconds."""
    size = RECORDINGS if scale.is_full else FEW
    path = folder / "liuhen.db"
    _made(path, size)
    db = Database(path, custody.flush)
    chance, made = random.Random(5), list[Figure]()
    try:
        for name, query in _kinds(size).items():
            typed = [query(chance) for _ in range(QUERIES)]
            _p95(db, typed[:2])
            ours = [_p95(db, typed) for _ in range(min(scale.runs, 3))]
            peer = [_plain(path, one) * 1000 for one in typed[:PEER_QUERIES]]
            made.append(compared(f"search_{name}_p95_ms", "ms", f"sqlite3 LIKE over {size} labels", ours, peer))
    finally:
        db.close()
    return made


def _p95(db: Database, typed: list[str]) -> float:
    site: Any = SimpleNamespace(db=db)
    return statistics.quantiles([seconds(lambda one=one: find(site, SYSTEM, one)) for one in typed], n=20)[-1] * 1000


def _plain(path: Path, query: str) -> float:
    columns = ("case_no", "matter", "party", "handling_officer", "wearer", "wearer_no", "place", "file_name")
    where = " OR ".join(f"{column} LIKE ?" for column in columns)
    with closing(sqlite3.connect(path)) as connection:
        return seconds(lambda: connection.execute(
            f"SELECT recording FROM label WHERE {where} ORDER BY leaf DESC LIMIT 101",
            (f"%{query}%",) * len(columns)).fetchall())


def _name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))


def _matter(number: int) -> dict[str, str]:
    """What all recordings of a matter share; made of its number alone."""
    chance = random.Random(number)
    road, trade, name = chance.choice(ROADS), chance.choice(TRADES), _name(chance)
    return {
        "case_no": f"吉市监{chance.choice('罚立查强')}〔{2019 + number % 8}〕{number // 8 + 1}号",
        "matter": f"{road}{name}{trade}店{chance.choice(ABOUT)}案",
        "party": chance.choice((name, f"吉林市{name}{trade}有限公司")),
        "place": f"吉林市船营区{road}{chance.randint(1, 400)}号",
    }


def _officer(number: int) -> tuple[str, str]:
    return _name(random.Random(f"officer {number}")), f"{650000 + number}"


def _day(number: int) -> str:
    return f"{2019 + number % 8}-{number // 8 % 12 + 1:02d}-{number // 96 % 28 + 1:02d}"


def _rows(size: int) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    for number in range(size):
        matter, (officer, badge), day = _matter(number // OF_A_MATTER), _officer(number % 2000), _day(number)
        at, key = f"{day}T02:{number % 60:02d}:00.000000Z", case_key(matter["case_no"])
        recording = f"rec_{number:026d}"
        yield ((recording, f"upl_{number}", "sta_1", f"rcd_{number % 3000}", "", "", 5, "dock_signed", str(number),
                "plain", at, at, at, at, at, "done", "[]", at, 2 * number),
               (f"lbl_{number:026d}", recording, "person", matter["case_no"], key, case_tail(key), matter["matter"],
                matter["party"], officer, officer, badge, matter["place"],
                f"{day.replace('-', '')}_{number % 86400:06d}_{number % 10000:04d}.mp4", at, 2 * number + 1))


RECORDING = ("INSERT INTO recording (id, upload, station, recorder, digest, digests, size, trust, object_key, "
             "stored_form, lock_until, started_earliest, started_latest, ended_earliest, ended_latest, probe, streams, "
             "accessioned_at, leaf) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
LABEL = ("INSERT INTO label (id, recording, source, case_no, case_key, case_tail, matter, party, handling_officer, "
         "wearer, wearer_no, place, file_name, labelled_at, leaf) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")


def _made(path: Path, size: int) -> None:
    """A database whose rows no leaf made; its index is filled as a migration fills it."""
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        pairs = _rows(size)
        while part := [pair for _, pair in zip(range(10_000), pairs, strict=False)]:
            connection.executemany(RECORDING, [recording for recording, _ in part])
            connection.executemany(LABEL, [label for _, label in part])
        connection.executemany(
            "INSERT INTO recorder (id, vendor, serial, leaf) VALUES (?, '海康', ?, 0)",
            [(f"rcd_{number}", f"SN-{number * 7919:07d}") for number in range(3000)])
        connection.execute(
            "INSERT INTO set_aside_proposal (id, recording, reason, proposed_by, proposed_at, decision, leaf) SELECT "
            "'prp_' || rowid, id, 'by_mistake', 'usr_1', accessioned_at, 'confirmed', leaf FROM recording "
            "WHERE rowid % ? = 0", (ASIDE_EVERY,))
        connection.commit()
    engine = create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        with guards.lifted(connection):
            search_fill.fill_search(connection)
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _kinds(size: int) -> dict[str, Callable[[random.Random], str]]:
    """How people ask, by kind."""
    def matter(chance: random.Random) -> dict[str, str]:
        return _matter(chance.randrange(size // OF_A_MATTER))

    def officer(chance: random.Random) -> str:
        return _officer(chance.randrange(2000))[0]

    return {
        "case": lambda r: matter(r)["case_no"],
        "case_spelled": lambda r: matter(r)["case_no"].replace("监", "監").replace("〔", "(").replace("〕", ")第"),
        "case_begins": lambda r: matter(r)["case_no"][:r.randint(3, 11)],
        "case_other_unit": lambda r: "市场监管局" + matter(r)["case_no"][3:],
        "case_inside": lambda r: matter(r)["case_no"][2:],
        "party": lambda r: matter(r)["party"],
        "name": officer,
        "name_two": lambda r: officer(r)[:2],
        "sign": lambda r: officer(r)[0],
        "initials": lambda r: r.choice(("zjg", "wf", "lxm", "szh", "cd")),
        "matter": lambda r: matter(r)["matter"][3:9],
        "place": lambda r: matter(r)["place"][6:],
        "file": lambda r: f"_{r.randrange(86400):06d}_",
        "file_day": lambda r: _day(r.randrange(size)).replace("-", "") + "_0",
        "badge": lambda r: _officer(r.randrange(2000))[1],
        "recorder": lambda r: f"SN-{r.randrange(3000) * 7919:07d}",
        "day": lambda r: _day(r.randrange(size)),
        "day_and_name": lambda r: f"{_day(r.randrange(size))} {officer(r)}",
        "name_and_common": lambda r: f"{officer(r)} 市监",
        "common": lambda r: r.choice(("市监", "吉林市", "有限公司", "mp4", "2026")),
        "nothing": lambda r: f"{_name(r)}{r.choice(ROADS)}",
    }
