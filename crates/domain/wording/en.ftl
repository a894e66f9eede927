# What Tadori writes to people, in English.

mail-confirmation-subject = [{ $jurisdiction }] Your check-in is registered
mail-confirmation-body =
    Your check-in with { $system } is registered.
    Thank you for your help.

    Registered at: { $at }{ $place }

    { $promise }
    We keep your e-mail address only, use it for nothing else, and erase it { $span } after registration.
    When you visit another place, please scan its code as well.

    { $never }

    If you did not expect this message, please discard it.
    You cannot reply to this message.

    { $signature }
mail-span-months = { $number ->
        [one] { $count } month
       *[other] { $count } months
    }
mail-span-days = { $number ->
        [one] { $count } day
       *[other] { $count } days
    }
mail-promise = { $trigger ->
        [threshold] If someone who was at the same place { $when } is found to be infected and the criterion is met, we will write to this address.
        [any_positive] If someone who was at the same place { $when } is found to be infected, we will write to this address.
       *[officer_judgement] If someone who was at the same place { $when } is found to be infected and a notice is judged necessary, we will write to this address.
    }

never-sms = We never send notices by SMS.
never-phone = This system never telephones anybody.
never-other_mail = We send only two kinds of mail: the confirmation of a check-in, and notices.

mail-confirmation-place = Place: { $venue }
when-day = on the same day
when-time_band = in the same hours

mail-alert-subject = [{ $jurisdiction }] An important notice
mail-alert-body =
    A notice from { $jurisdiction } to people registered with { $system }.

    A person found to be infected with { $disease } used a place where you registered, { $when } as you.

    { $place }

    { $limits }

    { $requests }

    { $withheld }

    You cannot reply to this message.

    { $signature }

mail-cluster-subject = [{ $jurisdiction }] A notice about a possible cluster of infections
mail-cluster-body =
    A notice from { $jurisdiction } to people registered with { $system }.

    At a place where you registered, on the day of your visit, there was a cluster of { $disease } infections, or there is reason to fear one.

    { $place }

    { $limits }

    { $requests }

    { $withheld }

    You cannot reply to this message.

    { $signature }

mail-place-days = Date of use: { $days }
mail-place-venue =
    Place: { $venue }
    Date of use: { $days }
mail-place-published =
    Place, as published by { $jurisdiction }: { $venue }
    Date of use: { $days }

point-not_necessarily_infected = This does not mean that you are infected.
point-degree_unknown = How close the contact was is not known.
mail-requests = Please do the following.
mail-request = - { $point }
point-health_advice = { $kind ->
        [cluster] Watch your health for a while; take your temperature; meet as few people as possible.
       *[alert] Watch your health for a while; take your temperature. Wash your hands, air rooms, and wear a mask when you meet people.
    }
point-consult = { $kind ->
        [cluster] Consult { $where } soon, even without symptoms.
       *[alert] If you have fever, cough or a sore throat, stay at home and consult { $where } before you go to a doctor.
    }
point-test_offer = You can take a test. Ask { $where } how to apply.
point-keep_record = Keep a record of what you do each day.
point-no_sns = { $naming ->
        [place] Do not write about this message or the place on social networks.
       *[nothing] Do not guess the place, and do not write about it on social networks.
    }

mail-where-none = the health centre where you live
mail-where-desk_name = "{ $desk }"
mail-where-phone = "{ $desk }" (telephone { $phone })

mail-withheld = { $naming ->
        [place] To protect the infected person, we tell nothing about them.
        [days] To protect the infected person, we name neither place nor person.
       *[nothing] To protect the infected person, we name neither place nor date nor person.
    }
mail-no-answers = We cannot answer questions about them.

mail-signature-none = { $jurisdiction }
mail-signature-desk_name = { $jurisdiction } { $desk }
mail-signature-phone =
    { $jurisdiction } { $desk }
    Telephone { $phone } ({ $hours })

mail-day = { $weekday ->
        [mon] Monday
        [tue] Tuesday
        [wed] Wednesday
        [thu] Thursday
        [fri] Friday
        [sat] Saturday
       *[sun] Sunday
    }, { $day } { $month_name ->
        [jan] January
        [feb] February
        [mar] March
        [apr] April
        [may] May
        [jun] June
        [jul] July
        [aug] August
        [sep] September
        [oct] October
        [nov] November
       *[dec] December
    } { $year }
mail-list-joint = {"; "}
mail-sentence-joint = {" "}

# The poster
poster-headline = Please check in
poster-heading = How to check in
poster-step-1 = Scan the code with your phone's camera.
poster-step-2 = Type your e-mail address on the page that opens, and send.
poster-step-3-none = You are done when the page says so.
poster-step-3 = You are done when the confirmation mail arrives.
poster-promise = Only your e-mail address is kept, by { $jurisdiction }, and erased after { $span }.

# The sheet that ends a code (STM-33)
discard-headline = This QR code is no longer in use. Please take it down and throw it away.
