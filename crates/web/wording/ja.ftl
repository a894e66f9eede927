# 利用者と事業者が読むことばのすべて。自治体ごとに変えたい文だけを、自治体の wording/ja.ftl に書きます。
# 1つの文は1行に書きます(改行は日本語の文の中に空白として現れます)。

## 共通

skip-to-main = 本文へ進む
language = 言語 / Language
demo-note = 見本のページです。実際には使われていません。
nav-visitors = 利用される方へ
nav-operators = 施設・店舗・イベントの方へ
nav-faq = よくある質問
nav-thresholds = お知らせを送る基準
nav-privacy = 個人情報の扱い
nav-erasures = 消去の記録
nav-report = 陽性の連絡をする
desk-phone = 電話
desk-hours = （{ $hours }）
trademark = 「QRコード」は株式会社デンソーウェーブの登録商標です。
updated-on = 最終更新日 { $day }
required = 必須
choose = 選んでください
list-joint = 、
people = { $count }人
nothing-stored = このページでは、何も登録していません。

## 入力の誤り

error-title-prefix = エラー:{" "}
error-summary = { $count }か所をご確認ください
error-status = 状態番号
error-email-missing = メールアドレスを入力してください。
error-email-malformed = メールアドレスの形が正しくありません。「@」の前後をお確かめください。
error-email-too-long = メールアドレスが長すぎます。
error-too-many-addresses = メールアドレスは{ $most }件までです。数を減らして、もう一度送信してください。
error-form-expired = 時間がたったため、送信を受け付けられませんでした。お手数ですが、もう一度送信してください。
error-field-missing = { $field }を入力してください。
error-choice-missing = { $field }を選んでください。
error-too-long = { $field }は{ $limit }文字までで入力してください。
error-number = { $field }は半角の数字で入力してください。
error-phone = 電話番号は、市外局番から数字で入力してください。
error-postal-code = 郵便番号は7桁の数字で入力してください。
error-date = { $field }は、年・月・日をお確かめください。
error-date-future = { $field }に、これから先の日は入力できません。
error-date-order = 終わりの日は、始まりの日より後にしてください。
error-date-too-old = { $field }が古すぎます。
error-agreement = 登録するには、内容への同意が必要です。
error-code = 発行コードが正しくないか、期限が切れています。保健所から伝えられたコードをお確かめください。
error-code-missing = 発行コードを入力してください。

error-not-found-title = ページが見つかりません
error-not-found = アドレスが違うか、ページがなくなりました。
error-method-title = この操作はできません
error-method = もう一度、はじめのページからお試しください。
error-too-large-title = 送信された内容が大きすぎます
error-too-large = 入力を短くして、もう一度お試しください。
error-too-many-title = しばらくお待ちください
error-too-many = 短い時間に多くの送信がありました。少し待ってから、もう一度お試しください。
error-timeout-title = 時間がかかりすぎました
error-timeout = 時間がかかりすぎたため、途中でやめました。もう一度お試しください。
error-internal-title = 処理できませんでした
error-internal = こちらの不具合です。記録を残しました。時間をおいて、もう一度お試しください。
error-way-home = はじめのページへ

## 項目の名前

field-email = メールアドレス
field-kind = 登録するもの
field-kind-facility = 施設
field-kind-shop = 店舗
field-kind-event_indoor = 屋内のイベント
field-kind-event_outdoor = 屋外のイベント
field-name = 施設・店舗・イベントの名称
field-name-hint = 利用される方の画面に表示します。支店名まで入れてください。
field-room = 部屋・区画の名前
field-room-hint = 部屋ごとに登録するときだけ入力してください。
field-category = 業種
field-category-hint = いちばん近いものを1つ選んでください。業種によって、お知らせの基準が変わります。
field-seats = 座席数
field-seats-hint = 座席数で判断する業種の方
field-floor_m2 = 床面積（平方メートル）
field-floor_m2-hint = 床面積で判断する業種の方。利用者が入れる部分の広さです。
field-participants = 参加予定の人数
field-participants-hint = イベントの方。出演者とスタッフも含みます。
field-daily_users = 1日の利用者数
field-daily_users-hint = おおよその人数
field-contact_name = 担当者のお名前
field-phone = 電話番号
field-phone-hint = 日中に連絡がつく番号
field-operator-email = 担当者のメールアドレス
field-operator-email-hint = 登録の確認と、ポスターの入手先を送ります。公表しません。
field-postal_code = 郵便番号
field-postal_code-hint = 7桁の数字
field-address = 所在地
field-address-hint = 市区町村から、建物名と階まで
field-starts_on = 始まりの日
field-ends_on = 終わりの日
field-event-period-hint = イベントの方

## 約束(方針から組み立てる文)

span-months = { $count }か月
span-days = { $count }日
item-email = メールアドレス
item-line = LINEの宛先
item-push = 通知の宛先
item-name = 氏名
item-address = 住所
item-phone = 電話番号
item-gps = 位置情報
item-visit_at = 利用した日時
promise-use-day = 同じ日に同じ場所を利用した方の感染が分かり、基準に達したときなどに、お知らせを送ります。ほかの目的には使いません。
promise-use-time_band = 同じ時間帯に同じ場所を利用した方の感染が分かり、基準に達したときなどに、お知らせを送ります。ほかの目的には使いません。
promise-erased = 登録から{ $span }後に消去します。
promise-collects = 集めるのは、{ $items }と、登録した場所・日時だけです。
promise-never = { $items }は集めません。
promise-no-other-use = ほかの目的には使いません。
purpose-notice = 注意喚起のお知らせを送るために使います。
purpose-confirmation = 登録の確認を送るために使います。
purpose-statistics = 件数だけの集計に使います。
promise-alert-threshold-day = 感染した方が、あなたと同じ日に同じ場所を利用し、その人数が基準に達したときに送ります。
promise-alert-threshold-time_band = 感染した方が、あなたと同じ時間帯に同じ場所を利用し、その人数が基準に達したときに送ります。
promise-alert-any_positive-day = 感染した方が、あなたと同じ日に同じ場所を利用していたときに送ります。
promise-alert-any_positive-time_band = 感染した方が、あなたと同じ時間帯に同じ場所を利用していたときに送ります。
promise-alert-officer_judgement-day = 感染した方が、あなたと同じ日に同じ場所を利用し、お知らせが必要と判断したときに送ります。
promise-alert-officer_judgement-time_band = 感染した方が、あなたと同じ時間帯に同じ場所を利用し、お知らせが必要と判断したときに送ります。
promise-cluster = 利用した場所でクラスター（集団感染）が起きたとき、またはそのおそれがあるときにも送ります。
promise-alert-names-none = 感染した方のお知らせには、場所の名前も、日時も、感染した方に関することも書きません。
promise-alert-names-date_only = 感染した方のお知らせには、日付だけを書きます。場所の名前と、感染した方に関することは書きません。
promise-alert-names-venue_date = 感染した方のお知らせには、場所の名前と日付を書きます。感染した方に関することは書きません。
promise-cluster-names-none = クラスターのお知らせにも、場所の名前と日時は書きません。
promise-cluster-names-if_published = クラスターのお知らせには、場所の名前と日時が公表されたときに限り、それらを書きます。
promise-cluster-names-always = クラスターのお知らせには、場所の名前と日時を書きます。
promise-not-infected = お知らせが届いても、感染しているとは限りません。どのくらい近くにいたかも分かりません。
promise-no-answers = だれが感染したかなど、個別のお問い合わせにはお答えできません。

notice-heading = お知らせについて
data-heading = 個人情報の扱い

## 利用の登録

check-in-title = 利用の登録
check-in-place = ご利用の場所
check-in-heading = 利用の登録をします
check-in-email-hint = { $domain } から確認メールを送ります。
check-in-submit = 登録する
check-in-suggestion = もしかして、こちらのアドレスですか
check-in-suggestion-use = このアドレスで登録する
check-in-suggestion-keep = 入力したまま登録する
check-in-typed = 入力したアドレス:
check-in-after-heading = 登録したあと
check-in-after = { $domain } から確認メールが自動で届きます。届かないときは登録できていないことがあります。もう一度登録してください。

thanks-title = 登録しました
thanks-heading = 登録しました
thanks-mail-heading = 確認メールをお待ちください
thanks-mail = 登録したアドレスに、{ $domain } から確認メールを送ります。届いたら完了です。
thanks-no-mail-heading = 数分たっても届かないとき
thanks-no-mail-spam = 迷惑メールのフォルダーに入っていないか、お確かめください。
thanks-no-mail-filter = 受信を制限している方は、{ $domain } からのメールを受け取れるようにしてください。
thanks-no-mail-typo = アドレスの打ち間違いも考えられます。設定を確かめたあと、もう一度登録してください。
thanks-again = もう一度登録する
thanks-next-heading = これからのこと
thanks-next-each-time = 次に利用したときも、そのつど登録してください。
thanks-next-positive = あとで感染が分かったときは、ご連絡にご協力ください。

unknown-code-title = このQRコードは使えません
unknown-code-heading = このQRコードは使えません
unknown-code-body = 登録されていないか、使われなくなったコードです。
unknown-code-again = もう一度、QRコード全体が画面に入るように読み取ってください。
unknown-code-staff = 同じ表示が出るときは、お店や施設の方にお伝えください。

unavailable-title = 登録できませんでした
unavailable-heading = 登録できませんでした
unavailable-body = ただいま登録を受け付けられません。今回の内容は保存していません。
unavailable-retry = { $count }分ほど待ってから、もう一度登録してください。
unavailable-again = もう一度登録する

## 陽性の連絡

report-title = 陽性の連絡
report-heading = 感染が分かった方からのご連絡
report-lead = この仕組みに登録したあとで感染が分かった方は、ご連絡をお願いします。同じ場所を利用した方に、早くお知らせできます。
report-no-names = お知らせには、あなたのことも、場所も、日時も書きません。
report-choice = ご連絡は任意です。
report-need = 保健所からお伝えした発行コードが必要です。
report-code = 発行コード
report-code-hint = 保健所からお伝えした英数字。1回だけ使えます。
report-emails = 登録したメールアドレス
report-emails-hint = 利用の登録に使ったアドレスをすべて入力してください。3つまで入力できます。
report-email-nth = 登録したメールアドレス { $nth }つ目
report-symptoms = 症状はありますか
report-symptoms-yes = ある（あった）
report-symptoms-no = ない
report-onset = 発症日
report-onset-hint = 症状がある方。発熱やせきなどが始まった日です。
report-sampled = 検査を受けた日
report-sampled-hint = 症状がない方。検体を採った日です。
report-positive = 陽性と分かった日
report-submit = 連絡する
report-after-heading = 連絡のあと
report-after = 連絡の内容は、保健所の情報と合わせて確かめます。お知らせが必要かどうかは、基準にそって職員が決めます。
report-erased = ご連絡の内容は、{ $span }後に消去します。
report-paused-heading = 入力を止めています
report-paused = 発行コードの間違いが続いたため、入力を止めました。{ $count }分ほど待ってから、もう一度お試しください。
report-paused-desk = お困りの方は、こちらにご連絡ください。
report-thanks-title = ご連絡を受け付けました
report-thanks-heading = ご連絡を受け付けました
report-thanks-body = ご協力ありがとうございます。どうぞお大事になさってください。
report-thanks-no-mail = このご連絡について、確認メールは送りません。
report-thanks-close = このページは閉じてかまいません。

## 事業者の登録

operator-new-title = 施設・店舗・イベントの登録
operator-new-heading = 施設・店舗・イベントの登録
operator-new-lead = 登録すると、掲示用のQRコードをすぐにお渡しします。費用はかかりません。
operator-new-one-each = 店舗や施設が複数あるときは、1つずつ登録してください。
operator-new-room = 広い施設では、登録したあとのページで、部屋やフロアごとのQRコードを加えられます。関係のない方に知らせずに済みます。
operator-new-data = 入力にかかる時間は5分ほどです。
operator-section-kind = 何を登録しますか
operator-section-venue = 施設・店舗・イベント
operator-section-size = 規模
operator-section-contact = 担当の方
operator-section-period = イベントの期間
operator-size-note = 選んだ業種で使う項目だけを入力してください。
operator-agree-heading = 登録の前に
operator-agree-post = QRコードは、登録した場所の中だけに掲示します。
operator-agree-true = 内容が変わったときは、新しく登録し直します。
operator-agree-mail = { $domain } からのメールを受け取れるようにします。
operator-agree = 上の内容に同意します
operator-new-submit = 登録する

operator-registered-title = 登録の内容
operator-registered-heading = 登録しました
operator-registered-mail = 担当者のアドレスに、このページの場所を { $domain } から送りました。
operator-manage-heading = 登録の内容とQRコード
operator-number = 登録番号
operator-name = 名称
operator-print-heading = QRコードを入手する
operator-poster = ポスター（PDF）を開く
operator-screen = タブレットの画面に出す
operator-png = QRコードの画像（PNG）
operator-svg = QRコードの画像（SVG）
operator-how-heading = 掲示のしかた
operator-how-place = 入口、受付、テーブルなど、利用される方の目に入る場所に掲示してください。
operator-how-outside = 外から読み取れる場所には掲示しないでください。通りがかりの人が登録できてしまいます。
operator-how-copies = 同じ場所の中なら、何枚でも掲示できます。ほかの場所には使えません。
operator-how-check = 掲示したら、ご自分のスマートフォンで読み取り、名称が正しく出るかお確かめください。
operator-how-voluntary = 登録は利用される方の任意です。登録しない方の利用を断らないでください。
operator-keep-link = このページのアドレスは、登録した方だけのものです。ほかの人に見せないでください。

screen-title = QRコード
screen-code = { $name } の登録用QRコード
screen-lead = スマートフォンのカメラで読み取り、メールアドレスを登録してください

## 案内のページ

portal-title = はじめに
portal-heading = 感染の広がりを、早くお知らせします
portal-lead-day = 利用した場所でQRコードを読み取り、メールアドレスを登録していただきます。同じ日に利用した方の感染が分かり、基準に達したときなどに、{ $name }がメールでお知らせします。
portal-lead-time_band = 利用した場所でQRコードを読み取り、登録していただきます。同じ時間帯に利用した方の感染が分かり、基準に達したときなどに、{ $name }がお知らせします。
portal-visitors = 利用される方
portal-visitors-body = 登録のしかた、お知らせが届くとき、個人情報の扱いをご案内します。
portal-visitors-go = 利用される方へ
portal-operators = 施設・店舗・イベントの方
portal-operators-body = QRコードを登録し、掲示するまでの手順をご案内します。
portal-operators-go = 施設・店舗・イベントの方へ
portal-flow-heading = 登録からお知らせまで
flow-1 = 掲示
flow-1-body = 施設や店舗が、QRコードを入口などに掲示します。
flow-2 = 読み取り
flow-2-body = 利用する方が、スマートフォンのカメラで読み取ります。アプリは要りません。
flow-3 = 登録
flow-3-body = メールアドレスを送ると、確認メールが自動で届きます。
flow-4 = お知らせ
flow-4-body-day = 同じ日に利用した方の感染が分かり、基準に達したときなどに、メールが届きます。
flow-4-body-time_band = 同じ時間帯に利用した方の感染が分かり、基準に達したときなどに、お知らせが届きます。
portal-promise-heading = お約束すること
portal-report-heading = 感染が分かった方へ
portal-report-body = 登録したあとで感染が分かった方は、ご連絡をお願いします。あなたのことは、だれにも伝えません。
portal-ask-heading = 分からないことがあるとき

visitors-title = 利用される方へ
visitors-heading = 利用される方へ
visitors-1 = 読み取る
visitors-1-body = 掲示されたQRコードを、スマートフォンのカメラで読み取ります。
visitors-2 = 送る
visitors-2-body = 開いたページでメールアドレスを入力し、送信します。
visitors-3 = 確かめる
visitors-3-body = { $domain } から確認メールが届いたら完了です。
visitors-window = 対象になるのは、感染した方が、発症した日の{ $days }日前から、感染が分かった日までに利用した場所です。
visitors-received-heading = お知らせが届いたら
visitors-received-health = 体調に気をつけてください。発熱やせきなどがあれば、外出を控え、医療機関に電話で相談してください。
visitors-received-consult = 心配なことは、{ $desk }にご相談ください。
visitors-received-sns = お知らせの内容をSNSなどに書き込まないでください。思い込みが、人や店を傷つけることがあります。
visitors-mail-heading = メールについて
visitors-mail = メールは { $domain } から届きます。受信を制限している方は、受け取れるように設定してください。
visitors-mail-no-links = 口座番号や暗証番号をたずねることはありません。そのようなメールは偽物です。

operators-title = 施設・店舗・イベントの方へ
operators-heading = 施設・店舗・イベントの方へ
operators-lead = QRコードの掲示にご協力ください。利用した方に感染の広がりを早く知らせることで、お店や施設を守ることにつながります。
operators-go = 登録をはじめる
operators-1 = 登録する
operators-1-body = 名称、業種、規模、担当の方の連絡先を入力します。
operators-2 = 受け取る
operators-2-body = その場でポスターを開けます。{ $domain } からのメールでも入手先をお送りします。
operators-3 = 掲示する
operators-3-body = 印刷して、利用される方の目に入る場所に掲示します。
operators-who-heading = 対象
operators-notice-heading = お知らせが送られるとき
operators-notice-size = 送る基準は、業種と規模で決まります。
operators-notice-visitors = だれが登録したかは、事業者の方にもお伝えしません。
operators-data-heading = 登録された内容の扱い
operators-data = 名称・業種・所在地は、利用される方の画面やお知らせの判断に使います。担当の方の氏名・電話番号・メールアドレスは暗号化し、登録についての連絡だけに使います。

faq-title = よくある質問
faq-visitor = 利用される方から
faq-operator = 施設・店舗・イベントの方から
faq-language = このページは日本語だけです。
faq-ask = ことばで探す
faq-ask-body = 知りたいことを、ふだんのことばで入力すると、近い質問を探します。

ask-title = 質問する
ask-title-found = 質問への答え
ask-heading = 知りたいことをお書きください
ask-lead = ふだんのことばで入力すると、よくある質問の中から、近いものを探します。
ask-language = 質問も答えも日本語だけです。
ask-audience = あなたの立場
ask-audience-visitor = 利用する方
ask-audience-operator = 施設・店舗・イベントの方
ask-question = 知りたいこと
ask-question-hint = 例：メールが来ない。氏名や連絡先は書かないでください。
ask-submit = 探す
ask-kept = 入力した内容は保存しません。
ask-found-heading = いちばん近い質問と答え
ask-others-heading = ほかに近い質問
ask-near-heading = もしかすると、こちらかもしれません
ask-none-heading = どれでもないとき
ask-none = ことばを変えて、もう一度お試しください。お急ぎのときや、お困りのときは、こちらにご相談ください。
ask-unsure-heading = 確かな答えが見つかりませんでした
ask-unsure = ことばを変えて、もう一度お試しください。お困りのときは、こちらにご相談ください。
ask-again-heading = もう一度探す
ask-all = よくある質問をすべて見る

privacy-title = 個人情報の扱い
privacy-visitors-heading = 利用の登録
privacy-collect = 集めるもの
privacy-never = 集めないもの
privacy-purpose = 使う目的
privacy-erased = 消去
privacy-erased-time = 毎日{ $time }に、期限が来た日の分をまとめて消去します。
privacy-positive-heading = 感染が分かった方からのご連絡
privacy-positive = 登録に使ったメールアドレス、発症日（症状がない方は検査を受けた日）、陽性と分かった日をうかがいます。お知らせが必要かどうかの判断だけに使い、{ $span }後に消去します。
privacy-operators-heading = 施設・店舗・イベントの登録
privacy-protect-heading = 守り方
privacy-protect-sealed = メールアドレスは、登録と同時に、その日だけの鍵で暗号化します。公開用のサーバーには、開くための鍵を置きません。
privacy-protect-officers = 職員の画面にも、メールアドレスは表示しません。送る作業は機械が行います。
privacy-protect-ledger = 暗号を開いたことは、目的とともに監査記録に残します。記録は、あとから書き換えると分かる仕組みです。
privacy-protect-limits = 控え（バックアップ）は{ $days }日で捨てます。鍵がないため、控えの中のメールアドレスも開けません。ただし、登録の場所と日時は、その間、控えの中に残ります。
privacy-answers-heading = お問い合わせについて
privacy-answers = だれが、いつ、どこで感染したかについて、個別のお問い合わせにはお答えしません。
privacy-liability-heading = 責任の範囲
privacy-liability = この仕組みの利用によって生じた損害について、{ $name }の責めに帰すべき理由がある場合を除き、責任を負いません。

thresholds-title = お知らせを送る基準
thresholds-lead-ge = 同じ日に同じ場所を利用した感染者が、次の人数に達したときにお知らせを送ります。人数は、業種と規模によって違います。
thresholds-lead-gt = 同じ日に同じ場所を利用した感染者が、次の人数を超えたときにお知らせを送ります。人数は、業種と規模によって違います。
thresholds-cluster = クラスター（集団感染）が起きたとき、またはそのおそれがあるときは、人数によらずお知らせを送ることがあります。
thresholds-measure = 規模のはかり方
thresholds-band = 規模
thresholds-count = 基準の人数
thresholds-version = 版 { $version } / { $day }から有効
thresholds-source = 出典 { $source }

erasures-title = 消去の記録
erasures-lead = 利用の登録は、{ $span }後に1日分ずつ消去します。このページは、消去するたびに自動で書き足されます。
erasures-key = 登録は、その日だけの鍵で暗号化しています。期限が来たら、まずその日の鍵を壊します。鍵がなくなると、どの控え（バックアップ）に残った分も、だれにも開けません。そのあとで登録そのものを消します。
erasures-none = 期限が来た日は、まだありません。
erasures-day = 利用日
erasures-at = 消去した時刻
erasures-check-ins = 登録
erasures-index = 照合用の索引
erasures-outbox = 送信の控え
erasures-verified = 確認
erasures-verified-yes = 消えたことを確認
erasures-verified-no = 確認中
erasures-explain = 数は、消した件数です。「照合用の索引」は感染した方の利用と照らし合わせるための記録、「送信の控え」はお知らせを送るための記録です。

# What a form says of single fields
field-has_symptoms = 症状の有無
field-onset_on = 発症日
field-sampled_on = 検査を受けた日
field-positive_on = 陽性と分かった日
field-reference = 整理番号
error-invisible = { $field }に、目に見えない文字が入っています。打ち直してください。
error-private-use = { $field }に、ほかの機器では表示できない文字（外字）が入っています。別の文字で入力してください。
error-formula = { $field }の先頭に「{ $character }」は使えません。全角の文字に置きかえてください。
error-glyph = 「{ $character }」は印刷できない文字です。別の字体か、かなで入力してください。
error-date-after-positive = { $field }は、陽性と分かった日より前か、同じ日にしてください。
error-registered-already-title = この登録は受け付けています
error-registered-already = 同じ内容の登録を、すでに受け付けました。ポスターは、入力したメールアドレスに送ります。
sample-confirmation = 登録したときに届くメール
sample-alert = 感染した方の利用が分かったときに届くメール
sample-cluster = 集団感染のおそれがあるときに届くメール
