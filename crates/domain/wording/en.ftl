# What Tadori writes to people, in English.

mail-confirmation-subject = [{ $jurisdiction }] Your check-in is registered
mail-confirmation-body =
    Your check-in with { $system } is registered.
    Thank you for your help.

    Registered at: { $at }{ $place }

    If someone who was at the same place { $when } is found to be infected and the criterion is met, we will write to this address.
    We keep your e-mail address only, use it for nothing else, and erase it { $months } months after registration.
    When you visit another place, please scan its code as well.

    If you did not expect this message, please discard it.
    You cannot reply to this message.

    { $jurisdiction } { $desk }

mail-confirmation-place = Place: { $venue }
when-day = on the same day
when-time_band = in the same hours

mail-alert-subject = [{ $jurisdiction }] An important notice
mail-alert-body =
    A notice from { $jurisdiction } to people registered with { $system }.

    A person found to be infected with { $disease } used a place where you registered, { $when } as you.

    This does not mean that you are infected. How close the contact was is not known.

    Please do the following.
    - Watch your health for a while; take your temperature.
    - Wash your hands, air rooms, and wear a mask when you meet people.
    - If you have fever, cough or a sore throat, stay at home and consult "{ $desk }" before you go to a doctor.
    - Keep a record of what you do each day.
    - Do not guess the place, and do not write about it on social networks.

    To protect the infected person, we name neither place nor date nor person, and cannot answer questions about them.

    You cannot reply to this message.

    { $jurisdiction } { $desk }

mail-cluster-subject = [{ $jurisdiction }] A notice about a possible cluster of infections
mail-cluster-body =
    A notice from { $jurisdiction } to people registered with { $system }.

    At a place where you registered, on the day of your visit, there was a cluster of { $disease } infections, or there is reason to fear one.
    { $place }
    This does not mean that you are infected. How close the contact was is not known.

    Please do the following.
    - Consult "{ $desk }" soon, even without symptoms.
    - Watch your health for a while, and meet as few people as possible.
    - Keep a record of what you do each day.
    - Do not guess the place, and do not write about it on social networks.

    We tell nothing about the infected persons, and cannot answer questions about them.

    You cannot reply to this message.

    { $jurisdiction } { $desk }
mail-cluster-published =
    {""}
    Place, as published by { $jurisdiction }: { $venue }
    Date of use: { $days }
    {""}

# The poster
poster-headline = Please check in
poster-heading = How to check in
poster-step-1 = Scan the code with your phone's camera.
poster-step-2 = Type your e-mail address on the page that opens, and send.
poster-step-3-none = You are done when the page says so.
poster-step-3 = You are done when the confirmation mail arrives.
poster-promise = Only your e-mail address is kept, by { $jurisdiction }, and erased after { $months } months.

# The sheet that ends a code (STM-33)
discard-headline = This QR code is no longer in use. Please take it down and throw it away.
