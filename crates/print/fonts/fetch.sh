#!/bin/sh
# Fetches the fonts anew and checks that they are the ones committed here.
# Needs: npm, python3 with fontTools 4.68.0, and Debian's fonts-noto-cjk (1:20220127+repack1-1).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
noto=${NOTO_BOLD:-/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
npm pack --silent @expo-google-fonts/biz-udpgothic@0.4.2
tar xzf expo-google-fonts-biz-udpgothic-0.4.2.tgz
cp package/400Regular/BIZUDPGothic_400Regular.ttf BIZUDPGothic-Regular.ttf
cp package/700Bold/BIZUDPGothic_700Bold.ttf BIZUDPGothic-Bold.ttf
python3 "$here/rare_kanji.py" "$noto" BIZUDPGothic-Regular.ttf RareKanji-Bold.otf

sha256sum -c "$here/SHA256SUMS"
cp BIZUDPGothic-Regular.ttf BIZUDPGothic-Bold.ttf RareKanji-Bold.otf "$here/"
