"""The paper checkpoint as one A4 page, Chinese and English, with the signed note in a QR code. Nothing is loaded."""

import io
from html import escape

import segno

from archive.paper import PaperCheckpoint
from archive.proof.base64strict import encode_base64

MOST_IN_CODE = 2200
"""Bytes of a note a QR code holds with a seventh of it damaged (level M); a longer one goes without cosignatures."""
_STYLE = """
@page { size: A4; margin: 14mm } * { box-sizing: border-box }
body { font: 10pt/1.4 "Noto Serif CJK SC", "Source Han Serif SC", serif; color: #000; max-width: 180mm; margin: auto }
h1 { font-size: 16pt; margin: 0 } p { margin: 1.2mm 0 } .en { font-size: 8.5pt }
table { width: 100%; border-collapse: collapse; margin: 2.5mm 0 }
th { width: 42mm; text-align: left; font-weight: normal }
td, th { border-top: .3mm solid #000; padding: 1mm 2mm 1mm 0; vertical-align: top; overflow-wrap: anywhere }
.mono { font-family: "DejaVu Sans Mono", monospace }
.root { font-size: 12pt; display: grid; width: 96mm; grid-template-columns: repeat(4, 1fr) }
.code { display: flex; gap: 6mm; align-items: flex-start } .code svg { width: 72mm; height: 72mm; flex: none }
.sign td { height: 12mm; width: 50% }
"""
_WHAT = (
    "本页记载下述日志在打印时的大小与根。请核对、签字、封存归档；日后与日志比对，任何改动、删除或截断都会显现。",
    "This page states size and root of the log named below as printed. Check, sign, seal and file it; held against the "
    "log later, it shows any change, deletion or truncation up to this size.")
_CODE = (
    "二维码内为签名检查点原文，可用 liuhen log compare 与日志比对；根也可逐组读出、键入核对：",
    "The code holds the signed checkpoint itself, for liuhen log compare. The root can also be typed, group by group:")
_NOT_PROVEN = (
    "本页不证明时间准确，也不证明此后的记录；日志密钥须由另一途径核实。",
    "Not proven by this page: that the times are right, and anything recorded later. Verify the log's key another way.")


def paper_page(paper: PaperCheckpoint) -> str:
    """The page: self-contained HTML, no script, to be printed on one sheet."""
    title = f"{escape(paper.checkpoint.origin)} · {paper.checkpoint.size}"
    typed = f'--paper {paper.checkpoint.size} "{" ".join(paper.root_groups)}"'
    return f"""<!doctype html>
<html lang="zh-Hans"><head><meta charset="utf-8"><title>{title}</title>
<style>{_STYLE}</style></head><body>
<h1>日志检查点（纸质留存）</h1><p class="en">Log checkpoint, kept on paper</p>
{_both(_WHAT)}
<table>{_rows(paper)}</table>
<div class="code">{code_svg(paper)}<div>
{_both(_CODE)}
<p class="mono en">{typed}</p>
{_both(_NOT_PROVEN)}</div></div>
<table class="sign"><tr>{_field("核对人", "Checked by")}
{_field("档案部门接收人", "Received by the archive office")}</tr>
<tr>{_field("日期与时间", "Date and time")}{_field("封存编号与印章", "Seal number and stamp")}</tr></table>
</body></html>
"""


def _both(text: tuple[str, str]) -> str:
    return f'<p>{text[0]}</p><p class="en">{escape(text[1])}</p>'


def code_svg(paper: PaperCheckpoint) -> str:
    """The QR code of the note, as an SVG element."""
    out = io.BytesIO()
    segno.make_qr(coded_note(paper), error="m").save(out, kind="svg", xmldecl=False, border=4, omitsize=True)
    return out.getvalue().decode("utf-8").strip()


def coded_note(paper: PaperCheckpoint) -> bytes:
    """The whole note, or where it is too long for a code its text with the log's own signature line only."""
    if len(paper.note) <= MOST_IN_CODE:
        return paper.note
    text, _, block = paper.note.decode("utf-8").rpartition("\n\n")
    own = [line for line in block.splitlines() if line.startswith(f"— {paper.log_key.name} ")]
    return f"{text}\n\n{own[0]}\n".encode()


def _rows(paper: PaperCheckpoint) -> str:
    head = paper.checkpoint
    cosigners = "<br>".join(f'{escape(one.name)} <span class="mono">{one.key_id}</span> {one.at:%Y-%m-%d %H:%M:%S} UTC'
                            for one in paper.cosigners)
    alone = "无：仅为运行方自己的说法 <span class='en'>none: the operator's word only</span>"
    lines = f"{len(paper.lines)} {escape('、'.join(paper.lines))}"
    groups = "".join(f"<span>{group}</span>" for group in paper.root_groups)
    return "".join((
        _row("日志名称", "Origin", f'<span class="mono">{escape(head.origin)}</span>'),
        _row("大小（条）", "Size (leaves)", f'<span class="mono">{head.size}</span>'),
        _row("根（十六进制）", "Root (hex)", f'<div class="mono root">{groups}</div>'),
        _row("根（base64）", "Root (base64)", f'<span class="mono">{encode_base64(head.root)}</span>'),
        _row("日志密钥", "Log key", f'<span class="mono">{escape(paper.log_key.text())}</span>'),
        _row("联署方", "Cosigners", cosigners or alone),
        _row("独立行政系统数", "Independent lines", lines),
        _row("签署 / 打印时间", "Signed / printed", f"{paper.signed_at:%Y-%m-%d %H:%M:%S} / "
             f"{paper.printed_at:%Y-%m-%d %H:%M:%S} UTC（本机时钟 <span class='en'>this machine's clock</span>）")))


def _row(chinese: str, english: str, value: str) -> str:
    return f'<tr><th>{chinese}<br><span class="en">{english}</span></th><td>{value}</td></tr>'


def _field(chinese: str, english: str) -> str:
    return f'<td>{chinese} <span class="en">{english}</span></td>'
