# What Tadori says on LINE. A jurisdiction's pack may override any message in wording/ja.ftl.

# The answer to a check-in (STM-8). What is promised comes from the policy.
line-checked-in =
    登録しました。

    登録日時：{ $at }{ $place }

    { $promise }
    お預かりするのは、LINEがこのアカウントのために付けた番号だけです。お名前や画像は取得しません。登録から{ $span }たつと消去します。
    { $again }

    { $never }
line-promise = { $trigger ->
        [threshold] { $when }同じ場所を利用した方の感染が分かり、基準に達したときなどに、このトークへお知らせをお送りします。
        [any_positive] { $when }同じ場所を利用した方の感染が分かったときなどに、このトークへお知らせをお送りします。
       *[officer_judgement] { $when }同じ場所を利用した方の感染が分かり、お知らせが必要と判断したときなどに、このトークへお知らせをお送りします。
    }
line-again-visit = 次に利用したときも、そのつどQRコードを読み取ってください。同じ日に何度でも登録できます。
line-again-day = 別の日に利用したときは、またQRコードを読み取ってください。

# Agreement (STM-9): a text, then a button
line-consent =
    { $system }です。はじめに、情報の取り扱いをお読みください。

    ・お預かりするのは、LINEがこのアカウントのために付けた番号、登録した場所、日時だけです。
    ・お名前、電話番号、位置情報、LINEのプロフィールは取得しません。
    ・{ $when }同じ場所を利用した方の感染が分かったときのお知らせのほかには、使いません。
    ・登録から{ $span }たつと消去します。

    同意されるまで、何も登録しません。
line-consent-ask = 「{ $venue }」の利用を登録します。よろしいですか。
line-consent-button = 同意して登録する

line-unknown-code = このQRコードでは登録できません。場所の方に、新しいQRコードがないかおたずねください。
line-join-first = 登録するには、先にこのアカウントを友だちに追加してください。追加したあと、もう一度QRコードを読み取ってください。
line-not-now = いまは登録できませんでした。少したってから、もう一度QRコードを読み取ってください。
line-welcome =
    { $system }です。友だちに追加していただき、ありがとうございます。
    施設などでQRコードを読み取ると、利用を登録できます。

    { $blocked }
line-blocked-hint = このアカウントをブロックすると、お知らせが届きません。届けるには、ブロックを解除してください。

# The ordinary warning (STM-15 to STM-18, KNG-1)
line-alert =
    【{ $jurisdiction }からの大切なお知らせ】

    { $system }で登録した施設などを、あなたと{ $when }、{ $disease }の感染が分かった方が利用していたことを確認しました。

    { $place }

    { $limits }

    { $requests }

    { $withheld }

    { $page }

    { $signature }

# A cluster, or the fear of one
line-cluster =
    【{ $jurisdiction }からのお知らせ】

    { $system }で登録した施設などで、あなたが利用した日に、{ $disease }の集団感染（クラスター）が発生した、またはそのおそれがあることを確認しました。

    { $place }

    { $limits }

    { $requests }

    { $withheld }

    { $page }

    { $signature }

# Place and day stand on a page of ours, not in the message (A8)
line-withheld-page = 施設の名前と利用日は、LINEではお送りせず、下のページでお知らせします。感染した方の個人情報を守るため、感染した方に関することはお知らせしていません。
line-page = 施設の名前と利用日：
    { $link }
