"""Makes RareKanji-Bold.otf: every kanji of Noto Sans CJK JP Bold that BIZ UDPGothic lacks.

Usage: python3 rare_kanji.py NotoSansCJK-Bold.ttc BIZUDPGothic-Regular.ttf RareKanji-Bold.otf
Needs fontTools 4.68 (pip install fonttools==4.68.0).

Bold only: rare kanji stand in names, and the posters set names in bold. Hints, layout
tables and everything that isn't kanji are dropped; that is what makes it 5 MB.
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

NAME = "Tadori Rare Kanji"


def is_kanji(code):
    return (
        0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF
    )


def main(noto_path, biz_path, out_path):
    biz = set(TTFont(biz_path).getBestCmap())
    noto = TTFont(noto_path, fontNumber=0, recalcTimestamp=False)
    assert noto["name"].getDebugName(4) == "Noto Sans CJK JP Bold", "wrong face"
    rare = [c for c in noto.getBestCmap() if is_kanji(c) and c not in biz]

    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=rare + [0x20])
    subsetter.subset(noto)

    names = noto["name"]
    for platform, encoding, language in {
        (r.platformID, r.platEncID, r.langID) for r in names.names
    }:
        for name_id, text in (
            (1, NAME),
            (3, "2.004;TADORI;RareKanji-Bold"),
            (4, f"{NAME} Bold"),
            (6, "TadoriRareKanji-Bold"),
        ):
            names.setName(text, name_id, platform, encoding, language)
    top = noto["CFF "].cff
    top.fontNames[0] = "TadoriRareKanji-Bold"
    noto.save(out_path)
    print(f"{len(rare)} kanji")


main(*sys.argv[1:])
