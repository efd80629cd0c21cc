"""What a look at an old share finds to say: a closed list of codes, told to people in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Weight = Literal["stops", "notes"]
"""``stops``: the file is not taken in, or the row is of no use; ``notes``: it is, and something is missing or odd."""

WORDS: Mapping[str, tuple[Weight, str, str]] = {
    "unreadable": ("stops", "无法读取", "it cannot be read"),
    "symlink": ("stops", "是符号链接，不跟随", "a symbolic link: nothing is followed"),
    "special": ("stops", "不是普通文件", "no plain file"),
    "unsafe_name": ("stops", "文件名不可用", "the name cannot be kept"),
    "too_deep": ("stops", "文件夹层级过深", "too deep a folder"),
    "empty": ("stops", "文件为空", "the file is empty"),
    "not_media": ("stops", "不是已知的音视频、图像或文档格式", "no sound, picture, video or document of a known form"),
    "duplicate": ("stops", "与另一文件内容相同", "the same bytes as another file of the share"),
    "already_held": ("stops", "内容已在档", "the archive holds these bytes already"),
    "changed": ("stops", "与签名清单不符：签名后已更改", "it is not what the signed list says: changed since"),
    "gone": ("stops", "签名后已不在", "it is gone since the list was made"),
    "refused": ("stops", "档案馆不予接收", "the archive refused it"),
    "no_file": ("stops", "表格有此行，但无此文件", "the sheet has a row, the share no such file"),
    "no_path": ("stops", "此行没有文件路径", "the row names no file"),
    "row_twice": ("stops", "同一文件有多行，只用第一行", "a further row of the same file: the first counts"),
    "ambiguous": ("stops", "路径大小写或写法对应多个文件", "several files differ from the path only in spelling"),
    "cells": ("stops", "此行的单元格多于表头", "the row has more cells than the header"),
    "no_row": ("notes", "文件在表格中没有对应行", "the sheet has no row for the file"),
    "no_officer": ("notes", "没有执法人员", "no officer is named"),
    "no_time": ("notes", "没有时间", "no time is given"),
    "bad_time": ("notes", "时间无法识别，按未知处理", "a time that does not read: taken as unknown"),
    "future_time": ("notes", "时间在未来，按未知处理", "a time still to come: taken as unknown"),
    "times_contradict": ("notes", "结束早于开始，均按未知处理", "the end is before the start: both taken as unknown"),
    "bad_value": ("notes", "内容过长或含不可打印字符，不予采用", "too long or not printable: left out"),
    "spelled_otherwise": ("notes", "路径写法与文件不同（大小写或编码形式）",
                          "the path is spelled otherwise (case, NFC/NFD)"),
    "unknown_column": ("notes", "未知的列，不予采用", "a column of no known name: left out"),
}


@dataclass(frozen=True)
class Finding:
    """``code``: a key of ``WORDS``; ``line`` of the sheet, from 1, ``path`` within the share, printable: None where
    there is none. ``detail`` in English or from outside."""

    code: str
    line: int | None = None
    path: str | None = None
    detail: str = ""

    @property
    def stops(self) -> bool:
        """Whether what it is about stays outside."""
        return WORDS[self.code][0] == "stops"
