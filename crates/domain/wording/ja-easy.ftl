# Easy Japanese (やさしい日本語): short sentences, plain words.
poster-heading = やりかた（やさしい日本語）
poster-step-1 = スマホの カメラで、四角い マークを うつします。
poster-step-2 = メールアドレスを 入れて、おくります。
poster-step-3-none = 「登録しました」と 出たら、おわりです。
poster-step-3 = メールが とどいたら、おわりです。
