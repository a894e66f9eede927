# Pages about LINE: the button on the check-in page, and the page that a notice leads to.

line-heading = LINEで登録する
line-button = LINEで登録する
line-how-consent = LINEが開き、コードを入力した画面になります。そのまま送信し、届いたメッセージの「同意して登録する」を押してください。
line-how = LINEが開き、コードを入力した画面になります。そのまま送信してください。登録できたことは、LINEのメッセージでお伝えします。
line-join-before = はじめての方は、先に{ $account }を友だちに追加してください。
line-join-at_first_scan = まだ友だちでない方は、はじめてのときに友だちの追加へ進みます。事前の手続きはいりません。
line-join-either = 友だちの追加は、いま登録するときでも、先にしておいても、かまいません。
line-join-link = 友だちに追加する
line-blocked = { $account }をブロックしていると、お知らせが届きません。ブロックを解除してください。
line-kept = お預かりするのは、LINEがこのアカウントのために付けた番号だけです。お名前、画像、ひとことは取得しません。
line-or-mail = メールアドレスで登録する
line-both = LINEとメールの両方で登録した方には、両方でお知らせします。同じ方だと分かる情報を持たないためです。
line-stopped = いま、LINEでの登録とお知らせを止めています。
line-stopped-alone = 再開するまで、登録できません。あとでもう一度お試しください。すでに登録した方へのお知らせは、再開したときに送ります。
promise-line-page = LINEのメッセージには、場所の名前も日付も書きません。メッセージから開くページでお読みになれます。

notice-page-title = お知らせの施設と利用日
notice-page-heading = お知らせの施設と利用日
notice-page-explain = LINEでお送りしたお知らせについて、施設の名前と利用日をお読みになれます。
notice-page-open = 表示する
notice-page-ends = このページは、お知らせに関係する日の記録を消去するときに、いっしょに消えます。
notice-page-place = 施設など
notice-page-days = 利用日
notice-page-read-message = していただきたいことは、LINEのお知らせをお読みください。施設などのことを、SNSなどに書き込まないでください。
notice-page-gone-heading = このページはありません
notice-page-gone = 保存期間が終わって消去したか、アドレスが違います。

visitors-2-body-both = 「LINEで登録する」を押して、開いた画面でそのまま送信することもできます。
visitors-2-body-line = 開いたページの「LINEで登録する」を押し、開いた画面でそのまま送信します。はじめてのときは、友だちの追加や同意の確認があります。
visitors-3-body-line = LINEでは、「登録しました」というメッセージが届いたら完了です。
visitors-line-heading = LINEについて
visitors-line = LINEで登録した方には、同じトークでお知らせします。LINEのお名前や画像は取得しません。
visitors-line-blocked = アカウントをブロックしていると、お知らせが届きません。ブロックを解除してください。
visitors-messages-heading = お送りするメッセージ

portal-lead-day-line = 利用した場所でQRコードを読み取り、登録していただきます。同じ日に利用した方の{ $when }などに、{ $name }が、登録した方法でお知らせします。
portal-lead-time_band-line = 利用した場所でQRコードを読み取り、登録していただきます。同じ時間帯に利用した方の{ $when }などに、{ $name }が、登録した方法でお知らせします。
flow-3-body-line = 開いたページから登録します。
flow-4-body-day-line = 同じ日に利用した方の{ $when }などに、お知らせが届きます。
flow-4-body-time_band-line = 同じ時間帯に利用した方の{ $when }などに、お知らせが届きます。
