# 案内のページ：お知らせまでの流れ、変更の記録、掲示の例、サイトマップ、問い合わせ。

crumbs = 現在の場所
crumbs-home = はじめのページ
sitemap-title = サイトマップ
sitemap-everybody = どなたにも
changes-title = 変更の記録
changes-lead = ページの内容を変えた日と、変えたところです。

notice-flow-heading = お知らせが届くまで
notice-flow-1 = 感染が分かる
notice-flow-1-body = 検査などで感染が分かった方の行動を、保健所が確かめます。
notice-flow-1-body-reports = 検査などで感染が分かった方の行動を、保健所が確かめます。ご本人からの連絡も受け付けます。
notice-flow-2 = 照らし合わせる
notice-flow-2-body-day = 感染した方と同じ日に、同じ場所で登録した方がいるかを、機械が調べます。
notice-flow-2-body-time_band = 感染した方と同じ時間帯に、同じ場所で登録した方がいるかを、機械が調べます。
notice-flow-3 = 決める
notice-flow-3-body-threshold = 感染した方の人数が基準に達したかを数え、職員が送るかどうかを決めます。
notice-flow-3-body-any_positive = 感染した方が1人でもいれば、職員が送るかどうかを決めます。
notice-flow-3-body-officer_judgement = お知らせが必要かどうかを、職員が判断します。
notice-flow-4 = 送る
notice-flow-4-body = 登録した方だけに、機械が送ります。職員は、だれに送るかを見ません。
notice-flow-5 = 消す
notice-flow-5-body = 登録から{ $span }後に、登録を消去します。

visitors-voluntary = 登録は任意で、無料です（通信料はご負担ください）。
visitors-merits-heading = 登録すると
visitors-merit-1 = 感染のおそれがあったことを早く知り、体調の変化に早く気づけます。
visitors-merit-2 = QRコードを掲示している場所が、感染対策に取り組んでいることが分かります。
visitors-mail-similar = この仕組みに似た名前をかたるメールや電話に、ご注意ください。
privacy-positive-officer = 保健所が調べた、発症日（症状がない方は検査を受けた日）、陽性と分かった日、利用した場所と日時を記録します。氏名は記録しません。お知らせが必要かどうかの判断だけに使い、{ $span }後に消去します。
privacy-protect-history = 登録した方ひとりひとりの利用の記録を、職員が見ることはありません。感染が分かった方については、判断に必要な場所と日時だけを扱います。

## 掲示の例

gallery-title = 掲示の例と配布物
gallery-lead = QRコードのポスターは、利用される方の目に入り、落ち着いて読み取れる場所に掲示してください。
gallery-sheets-heading = 印刷できるもの
gallery-sheets = ポスターは、登録すると施設ごとのQRコードを入れてお渡しします。ちらしは、このまま印刷してお使いいただけます。
gallery-poster = ポスター（見本）
gallery-picture = { $name }の1ページ目

## 事業者の問い合わせ

enquiry-title = 事業者の方のお問い合わせ
enquiry-about = 登録や掲示についてお困りのことは、フォームからお問い合わせください。
enquiry-go = 問い合わせる
enquiry-lead = 施設・店舗・イベントの登録や掲示について、お問い合わせください。窓口の職員がメールでお答えします。
enquiry-first = よくある質問で、すぐに分かることもあります。
enquiry-number-hint = 登録が済んでいる方は、ポスターの番号を入力してください（例：12345-6789A）。
enquiry-email-hint = お答えをお送りします。
enquiry-question = お問い合わせの内容
enquiry-question-hint = 1000文字まで。感染した方など、ほかの方の個人情報は書かないでください。
enquiry-submit = 送る
enquiry-thanks-title = お問い合わせを受け付けました
enquiry-thanks-heading = お問い合わせを受け付けました
enquiry-thanks-body = 窓口の職員が内容を読み、入力されたメールアドレスにお答えします。
enquiry-thanks-none = 受け付けたことをお知らせするメールは送りません。
error-enquiry-number = 登録番号が正しくありません。ポスターの番号をお確かめください。分からないときは、空けておいてください。
privacy-enquiry = お問い合わせの内容とメールアドレスは、暗号化して窓口に届け、届いたらこの仕組みから消去します。お答えするためだけに使います。
