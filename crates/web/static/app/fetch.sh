#!/bin/sh
# Fetches the reader of codes anew and checks that it is the one committed here. Needs npm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
npm pack --silent qr-scanner@1.4.2
tar xzf qr-scanner-1.4.2.tgz
for file in qr-scanner.min.js qr-scanner-worker.min.js; do
  sed 's|//# sourceMappingURL=.*||' "package/$file" > "$file"
done
cp package/LICENSE LICENSE-qr-scanner

sha256sum -c "$here/SHA256SUMS"
cp qr-scanner.min.js qr-scanner-worker.min.js LICENSE-qr-scanner "$here/"
