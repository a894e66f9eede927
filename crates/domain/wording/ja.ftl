# What Tadori writes to people. A jurisdiction's pack may override any message in wording/ja.ftl.
# Facts come from the policy as values; nothing here promises what the program doesn't do.
#
# A pack that words a whole body keeps the values in braces, or says what they say: the check at the start
# looks for each point in each mail. An empty line that a value leaves behind is taken out.

# Confirmation to a visitor (OSK-5, OSK-22, OSK-24)
mail-confirmation-subject = 【{ $jurisdiction }】登録が完了しました
mail-confirmation-body =
    { $system }への登録が完了しました。
    ご協力ありがとうございます。

    登録日時：{ $at }{ $place }

    { $promise }
    お預かりするのはメールアドレスだけです。この取り組みのほかには使わず、登録から{ $span }たつと消去します。
    ほかの施設を利用するときは、その施設のQRコードからあらためてご登録ください。

    { $never }

    お心当たりのない場合は、このメールを破棄してください。
    このメールには返信できません。

    { $signature }
# How long a check-in is kept (F1)
mail-span-months = { $count }か月
mail-span-days = { $count }日
# When a notice comes, as the policy has it (E1)
mail-promise = { $trigger ->
        [threshold] { $when }同じ場所を利用した方の感染が分かり、基準に達したときなどに、このアドレスへお知らせをお送りします。
        [any_positive] { $when }同じ場所を利用した方の感染が分かったときなどに、このアドレスへお知らせをお送りします。
       *[officer_judgement] { $when }同じ場所を利用した方の感染が分かり、お知らせが必要と判断したときなどに、このアドレスへお知らせをお送りします。
    }

# Only where the policy has the confirmation name the place (B11)
mail-confirmation-place = 施設など：{ $venue }
# Who counts as having been there (B5)
when-day = 同じ日に
when-time_band = 同じ時間帯に

# How nobody is written to (HKD-4, HKD-6, HKD-7): on pages too
never-sms = お知らせをSMS（ショートメッセージ）で送ることはありません。
never-phone = このシステムから電話で連絡することはありません。
never-other_mail = お送りするメールは、登録完了の確認とお知らせの2種類だけです。

# The ordinary warning (OSK-12, OSK-26, HKD-21)
mail-alert-subject = 【{ $jurisdiction }】大切なお知らせ
mail-alert-body =
    { $system }にご登録いただいた方へ、{ $jurisdiction }からのお知らせです。

    あなたが登録した施設などを、あなたと{ $when }、{ $disease }の感染が分かった方が利用していたことを確認しました。

    { $place }

    { $limits }

    { $requests }

    { $withheld }

    このメールには返信できません。

    { $signature }

# A cluster, or the fear of one (OSK-19)
mail-cluster-subject = 【{ $jurisdiction }】集団感染のおそれに関するお知らせ
mail-cluster-body =
    { $system }にご登録いただいた方へ、{ $jurisdiction }からのお知らせです。

    あなたが登録した施設などで、あなたが利用した日に、{ $disease }の集団感染（クラスター）が発生した、またはそのおそれがあることを確認しました。

    { $place }

    { $limits }

    { $requests }

    { $withheld }

    このメールには返信できません。

    { $signature }

# What a notice names, where the policy lets it (OSK-21, HYG-4, KNG-24)
mail-place-days = 利用日：{ $days }
mail-place-venue =
    施設など：{ $venue }
    利用日：{ $days }
mail-place-published =
    { $jurisdiction }が公表した施設など：{ $venue }
    利用日：{ $days }

# The points that a policy lists (E17). Those of $limits:
point-not_necessarily_infected = この連絡は、感染したことを意味するものではありません。
point-degree_unknown = どの程度の接触があったかは分かっていません。
# and those of $requests:
mail-requests = 次のことをお願いします。
mail-request = ・{ $point }
point-health_advice = { $kind ->
        [cluster] しばらくの間、体温を測るなど、ご自身の体調に気をつけ、人との接触をできるだけ控えてください。
       *[alert] しばらくの間、体温を測るなど、ご自身の体調に気をつけてください。手洗いと換気を心がけ、人と会うときはマスクを着けてください。
    }
point-consult = { $kind ->
        [cluster] 症状がなくても、早めに{ $where }へご相談ください。
       *[alert] 発熱やせき、のどの痛みなどがあるときは外出を控え、医療機関を受診する前に{ $where }へご相談ください。
    }
point-test_offer = 検査を受けることができます。申し込みの方法は、{ $where }でお確かめください。
point-keep_record = 日々の行動を記録しておいてください。
point-no_sns = { $naming ->
        [place] この連絡や施設などのことを、SNSなどに書き込まないでください。
       *[nothing] 施設などを推測して、SNSなどに書き込まないでください。
    }

# $where: whom to consult (E15)
mail-where-none = お住まいの地域の保健所などの相談窓口
mail-where-desk_name = 「{ $desk }」
mail-where-phone = 「{ $desk }」（電話 { $phone }）

# $withheld: what isn't told (OSK-18, OSK-27, HKD-29, GEN-1)
mail-withheld = { $naming ->
        [place] 感染した方の個人情報を守るため、感染した方に関することはお知らせしていません。
        [days] 感染した方の個人情報を守るため、施設の名前や、感染した方に関することはお知らせしていません。
       *[nothing] 感染した方の個人情報を守るため、施設の名前や日時、感染した方に関することはお知らせしていません。
    }
mail-no-answers = お問い合わせにもお答えできませんので、ご了承ください。

# $signature
mail-signature-none = { $jurisdiction }
mail-signature-desk_name = { $jurisdiction } { $desk }
mail-signature-phone =
    { $jurisdiction } { $desk }
    電話 { $phone }（{ $hours }）

# How this language writes a day, a list and one sentence after another
mail-day = { $year }年{ $month }月{ $day }日（{ $weekday ->
        [mon] 月
        [tue] 火
        [wed] 水
        [thu] 木
        [fri] 金
        [sat] 土
       *[sun] 日
    }）
mail-list-joint = 、
mail-sentence-joint = {""}

# To an operator who registered a venue (OSK-39)
mail-operator-subject = 【{ $jurisdiction }】施設の登録が完了しました（{ $number }）
mail-operator-body =
    { $system }への登録が完了しました。
    ご協力ありがとうございます。

    施設などの名称：{ $venue }
    登録番号：{ $number }

    { $poster }

    ・ポスターとQRコードの画像は、次のページからいつでもダウンロードできます。
    { $link }{ $certificate }
    ・このページのアドレスは、登録した方だけのものです。ほかの方に知らせないでください。
    { $points }

    このメールには返信できません。

    { $jurisdiction } { $desk }
mail-operator-poster-attached = QRコードの入ったポスターを添付しました。印刷して、入口やレジ、テーブルなど、利用する方の目に入る場所に掲示してください。
mail-operator-poster-link = QRコードの入ったポスターを、下のページからダウンロードしてください。印刷して、入口やレジ、テーブルなど、利用する方の目に入る場所に掲示してください。
# Points that stand there by the policy: each begins with its mark (STM-29, STM-38, STM-26, STM-27, STM-28, STM-33)
mail-operator-forbidden-outside = ・施設の外から読み取れる場所には掲示しないでください。
mail-operator-forbidden-handouts = ・印刷物に載せて配ることはしないでください。
mail-operator-copies = ・同じ施設の中であれば、コピーして何か所に掲示してもかまいません。
mail-operator-single = ・QRコードは、1か所だけに掲示してください。
mail-operator-dual = ・施設の中でイベントを開くときは、施設の管理者とイベントの主催者の両方が、それぞれのQRコードを掲示してください。
mail-operator-rooms = ・部屋やフロアごとのQRコードは、上のページで加えられます。
mail-operator-same-code = ・同じ主催者の次のイベントにも、同じQRコードを使えます。上のページで日程を加えてください。
mail-operator-per-event = ・次のイベントは、新しく登録してください。
mail-operator-immutable = ・登録した内容に誤りがあるときは、上のページから登録し直し、誤ったQRコードは破棄してください。
mail-operator-mutable = ・名称や所在地の書き方は、上のページで直せます。QRコードは変わりません。
mail-operator-scope = 対象となる施設など：

# To an operator whose registration an officer declined (C8)
mail-operator-declined-subject = 【{ $jurisdiction }】施設の登録を見送りました（{ $number }）
mail-operator-declined-body =
    { $system }への登録について、お知らせします。

    施設などの名称：{ $venue }
    登録番号：{ $number }

    内容を確かめましたが、次の理由により登録を見送りました。
    { $reason }

    あらためて登録するときは、内容をお確かめのうえ、新しく登録してください。

    このメールには返信できません。

    { $jurisdiction } { $desk }

# The sheet that ends a code (STM-33)
discard-headline = このQRコードは{"\u200B"}使えません。{"\u200B"}はがして{"\u200B"}捨ててください
discard-step-1 = 下の番号の{"\u200B"}ポスターを、{"\u200B"}掲示した場所から{"\u200B"}すべて{"\u200B"}はがしてください。
discard-step-2 = はがした{"\u200B"}ポスターは、{"\u200B"}読み取れないように{"\u200B"}切ってから{"\u200B"}捨ててください。
discard-step-new = 代わりに、{"\u200B"}新しい登録番号の{"\u200B"}ポスターを{"\u200B"}掲示してください。
discard-mark-number = はがすポスターの登録番号
discard-mark-code = はがすポスターで、QRコードの下に書かれている文字
discard-mark-new = 新しい登録番号

# The line of it that stands there only where the venue has a certificate (KNG-3)
mail-operator-certificate = {"\u000A"}・感染防止対策取組書も、同じページからダウンロードできます。QRコードと一緒に掲示してください。対策を選び直すと、新しい日付で発行されます。

# The certificate (KNG-2, KNG-4, KNG-22)
certificate-title = 感染防止対策取組書
certificate-statement = この施設は、次の感染防止対策に取り組んでいます。
certificate-new = New
certificate-new-meaning = 前回の発行から増えた対策です。
certificate-guidelines = もとにした指針：{ $guidelines }
certificate-promise = 読み取って登録すると、感染のおそれがあるときに、{"\u200B"}{ $jurisdiction }からお知らせが届きます。

# The poster (OSK-40). Three steps, readable from a metre and a half.
poster-headline = 来店・来場の登録にご協力ください
poster-heading = 登録のしかた
# U+200B marks where a phrase may break.
poster-step-1 = スマートフォンの{"\u200B"}カメラで{"\u200B"}QRコードを{"\u200B"}読み取ります。
poster-step-2 = 開いた画面に{"\u200B"}メールアドレスを{"\u200B"}入力して、{"\u200B"}送信します。
poster-step-3-none = 「登録しました」と{"\u200B"}表示されたら、{"\u200B"}おわりです。
poster-step-3 = 登録完了の{"\u200B"}メールが{"\u200B"}届いたら、{"\u200B"}おわりです。
poster-promise = お預かりするのはメールアドレスだけです。{ $jurisdiction }が管理し、{ $span }後に消去します。
poster-caption = カメラで読み取ってください
poster-description = この施設の登録画面を開くQRコード
poster-trademark = QRコードは株式会社デンソーウェーブの登録商標です。

# What the desk is written when an operator asks something (KNG-18); the question stands behind it.
mail-operator-enquiry-subject = 【{ $jurisdiction }】事業者の方からのお問い合わせ
mail-operator-enquiry-body =
    { $system }の問い合わせフォームに、事業者の方から次の質問がありました。
    このメールに返信すると、質問した方に届きます。

    { $about }

    ──────── 質問
mail-operator-enquiry-about = 登録番号：{ $number }（{ $venue }）
mail-operator-enquiry-unknown = 登録番号：{ $number }（この番号の登録は見つかりません）
mail-operator-enquiry-no-number = 登録番号：記入なし
