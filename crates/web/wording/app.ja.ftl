# The app: its page, the list of venues, and what its script and its answers say.

app-title = アプリ
app-heading = アプリで登録する
app-open = アプリを開く
app-guide = アプリの画面でメールアドレスを一度入れておくと、次からはQRコードを読み取るだけで登録できます。電波が届かないところで読み取った登録は、つながったときに送ります。アプリはブラウザーで開きます。ホーム画面に追加しておくこともできます。
flow-2-body-app = 利用する方が、アプリか、スマートフォンのカメラで読み取ります。
flow-3-body-app = アプリでは、読み取るだけで登録できます。カメラで読み取ったときは、メールアドレスを送ります。
app-diary-privacy = アプリの登録の記録は、利用する方の端末の中だけにあり、登録から{ $span }後に消えます。
app-button = アプリで登録する
app-or-mail = アプリを使わずに登録する
app-button-how = アドレスを一度入れておけば、次からは読み取るだけです。インストールはしなくても使えます。
app-needs-heading = アプリを使うには
app-needs = JavaScriptが使えて、データを保存できるブラウザーが必要です。この画面がいつまでも変わらないときは、メールで登録してください。登録の内容は同じです。
app-by-mail-heading = メールで登録する
app-by-mail = メールアドレスを入力して登録する
app-by-mail-how = 掲示されたQRコードを携帯電話のカメラで読み取ると、メールアドレスを入力する画面が開きます。
app-check-in = ここに登録する
app-contact-heading = お知らせを受け取る方法
app-contact-hint = この端末に保存し、次からは入力しません。登録のとき以外に送ることはありません。
app-contact-hint-each = 登録のたびに入力してください。端末には保存しません。
app-contact-save = このアドレスを使う
app-contact-change = 変更する
app-push-heading = 通知でも受け取る
app-push-how = 端末の通知でもお知らせします。メールの代わりに通知だけにすることもできます。iPhoneでは、先にホーム画面へ追加してください。
app-push-on = 通知を受け取る
app-scan-heading = QRコードを読み取る
app-scan-how = 掲示されたコードにカメラを向けると、その場所に登録します。画面を閉じずに、結果をお確かめください。
app-scan = カメラで読み取る
app-scan-picture = カメラの画像
app-scan-stop = カメラを止める
app-photo = 撮っておいた写真から読み取る
app-waiting-heading = まだ送っていない登録
app-waiting-how = 電波が届くところでこの画面を開くと送ります。その日のうちに送れないと、登録できません。
app-waiting-how-days = 電波が届くところでこの画面を開くと送ります。{ $days }日を過ぎると、登録できません。
app-send-now = いま送る
app-notices-heading = 届いたお知らせ
app-diary-heading = 登録の記録
app-diary-how = この端末の中だけにあり、どこにも送りません。登録から{ $span }後に消します。
app-diary-none = まだありません。
app-forget = アドレスと記録をこの端末から消す
app-terms = アプリを使って登録すると、次の扱いに同意したことになります。
app-back = アプリへ

thanks-on-screen = この画面が登録の確認です。お店の方に見せるときなど、閉じる前にお確かめください。確認メールは送りません。

app-venues-heading = 施設などを名前で探す
app-venues-how = 登録された施設などの一覧です。選ぶと、登録の画面を開きます。利用しているときだけ登録してください。
app-venues-name = 名前の一部
app-venues-find = 探す
app-venues-found = 見つかった施設など
app-venues-more = ほかにもあります。名前を詳しく入れてください。
app-venues-none = 見つかりませんでした。

# said by the script

app-say-stored = 登録できました
app-say-kept = まだ登録できていません。電波が届かないか、混み合っているため、端末に保存しました。つながったときに送ります。
app-say-kept-not = 登録できていません。端末の空き容量が足りないか、保存が許されていないため、あとで送ることができません。電波が届くところで、もう一度読み取ってください。
app-say-diary-full = 登録はできましたが、端末の空き容量が足りないため、記録に残せませんでした。
app-say-no-code = この画像に、施設などのコードが見つかりません。
app-say-no-camera = カメラを使えません。ブラウザーの設定で許可するか、写真から読み取ってください。
app-say-no-reader = コードを読み取る部品を取り込めません。電波が届くところで開き直してください。
app-say-no-contact = 先に、お知らせを受け取る方法を決めてください。
app-say-typo-use = このアドレスに直す：
app-say-typo-keep = 入力したままで使う
app-say-refused = 登録できませんでした
app-say-dismiss = 一覧から消す
app-say-remembered = 登録先：
app-say-push-known = 通知で受け取る
app-say-push-none = このブラウザーは通知を使えません。iPhoneでは、ホーム画面に追加したアプリから開いてください。または、メールをお使いください。
app-say-push-denied = 通知が許可されていません。端末の設定で許可するか、メールをお使いください。
app-say-push-failed = 通知の申し込みができませんでした。電波が届くところで試すか、メールをお使いください。
app-say-push-ended = 通知の申し込みが切れていました。もう一度「通知を受け取る」を押すか、メールをお使いください。
app-say-forget-waiting = まだ送っていない登録があります。消すと、その登録は送られません。
app-say-forget-yes = 送らずに消す
app-say-forgotten = この端末から消しました。送り終えた登録は、保存期間が過ぎるまで消えません。
app-say-unnamed = 施設など
app-say-no-keeping = このブラウザーは、データの保存を許していません。アプリは使えないので、メールで登録してください。
app-say-offline-place = 名前は、送ったときに分かります
app-say-sending = 送っています

# answered by the server

app-unknown-code = このコードでは登録できません。掲示が新しいものかどうか、お確かめください。
app-visit-future = 利用の時刻が今より後になっているため、登録できません。読み取ったあとに端末の時計を変えた場合は、もう一度読み取ってください。
app-visit-too-old = 利用が{ $days }日より前になっているため、登録できません。読み取ったあとに端末の時計を変えた場合も、こうなります。
app-visit-not-today = 利用が今日より前になっているため、登録できません。読み取ったあとに端末の時計を変えた場合も、こうなります。
app-visit-not-held = その日は、この催しは開かれていません。
app-visit-not-taken = その日の登録は、もう受け付けていません。
app-push-refused = この通知の申し込みは使えません。もう一度申し込むか、メールをお使いください。
app-later = いまは登録できません。しばらくして、もう一度送ります。

operator-listing = 登録した施設などの名称と所在地は、利用する方が名前で探せる一覧に載ります。載せたくないときは、登録しないでください。
