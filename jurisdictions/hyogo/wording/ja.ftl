# Where Hyogo's words differ from the engine's.

# HYG-5, HYG-11: the call centre or the centre for returnees and contacts; people from elsewhere ask at home.
point-consult = { $kind ->
        [cluster] 症状がなくても、早めに{ $where }か、帰国者・接触者相談センターへご相談ください。県外にお住まいの方は、お住まいの都道府県の窓口へご相談ください。
       *[alert] 発熱やせきなどの症状があるときや心配なときは、{ $where }か、帰国者・接触者相談センターへご相談ください。県外にお住まいの方は、お住まいの都道府県の窓口へご相談ください。
    }
# HYG-9
point-keep_record = どこで、だれと会ったかなど、毎日の行動を記録しておいてください。

# HYG-2: either way. U+200B marks where a phrase may break.
poster-step-2 = 開いた画面で{"\u200B"}LINEか{"\u200B"}メールアドレスを{"\u200B"}選び、{"\u200B"}登録します。
poster-step-3 = 登録完了の{"\u200B"}メッセージか{"\u200B"}メールが{"\u200B"}届いたら、{"\u200B"}おわりです。
poster-promise = お預かりするのはLINEの宛先かメールアドレスだけです。{ $jurisdiction }が管理し、{ $span }後に消去します。
screen-lead = スマートフォンのカメラで読み取り、LINEかメールアドレスで登録してください
faq-never = お知らせは、登録した方法で届きます。LINEで登録した方にはLINEのトークに、メールアドレスで登録した方には { $domain } からのメールです。
privacy-protect-sealed = LINEの宛先とメールアドレスは、登録と同時に、その日だけの鍵で暗号化します。公開用のサーバーには、開くための鍵を置きません。
privacy-protect-officers = 職員の画面にも、宛先は表示しません。送る作業は機械が行います。
privacy-protect-limits = 控え（バックアップ）は{ $days }日で捨てます。鍵がないため、控えの中の宛先も開けません。ただし、登録の場所と日時は、その間、控えの中に残ります。
