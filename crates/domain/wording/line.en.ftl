# What Tadori says on LINE, in English.

line-checked-in =
    Your check-in is registered.

    Registered at: { $at }{ $place }

    { $promise }
    All we keep is the number that LINE gives your account for us: no name, no picture. We erase it { $span } after registration.
    { $again }

    { $never }
line-promise = { $trigger ->
        [threshold] If someone who was at the same place { $when } is found to be infected and the criterion is met, we will write to this chat.
        [any_positive] If someone who was at the same place { $when } is found to be infected, we will write to this chat.
       *[officer_judgement] If someone who was at the same place { $when } is found to be infected and a notice is judged necessary, we will write to this chat.
    }
line-again-visit = Please scan the code at each visit, several times a day if you come back.
line-again-day = When you come on another day, please scan the code again.

line-consent =
    This is { $system }. Please read first what becomes of your data.

    - We keep the number that LINE gives your account for us, the place, and the time: nothing else.
    - We do not fetch your name, telephone number, position or LINE profile.
    - We use it only to tell you if someone who was at the same place { $when } is found to be infected.
    - We erase it { $span } after registration.

    Nothing is registered until you agree.
line-consent-ask = Register your visit to "{ $venue }"?
line-consent-button = Agree and register

line-unknown-code = This code cannot be used. Please ask at the place whether there is a newer one.
line-join-first = Please add this account as a friend first, then scan the code again.
line-not-now = We could not register your visit just now. Please scan the code again a little later.
line-welcome =
    This is { $system }. Thank you for adding us.
    Scan the code at a place to register your visit.

    { $blocked }
line-blocked-hint = If you block this account, notices do not reach you. Please unblock it to receive them.

line-alert =
    An important notice from { $jurisdiction }

    A person found to be infected with { $disease } used a place that you registered with { $system }, { $when } as you.

    { $place }

    { $limits }

    { $requests }

    { $withheld }

    { $page }

    { $signature }
line-cluster =
    A notice from { $jurisdiction }

    At a place that you registered with { $system }, on the day of your visit, there was a cluster of { $disease } infections, or there is reason to fear one.

    { $place }

    { $limits }

    { $requests }

    { $withheld }

    { $page }

    { $signature }
line-withheld-page = The place and the date are not sent over LINE; read them on the page below. To protect the infected person, we tell nothing about them.
line-page = Place and date of use:
    { $link }
