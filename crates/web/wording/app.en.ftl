# The app: its page, the list of venues, and what its script and its answers say.

app-title = App
app-heading = Check in with the app
app-open = Open the app
app-guide = Type your email address into the app once; from then on, reading the code is enough. What you read without a network is sent when there is one. The app opens in your browser; you can add it to your home screen.
flow-2-body-app = You read it with the app, or with your phone’s camera.
flow-3-body-app = With the app, reading is all. With the camera, you send your email address.
app-diary-privacy = The app’s list of your check-ins is on your device alone, and is removed { $span } after each.
app-button = Check in with the app
app-or-mail = Check in without the app
app-button-how = Type your address once; from then on, reading the code is enough. You needn't install it.
app-needs-heading = What the app needs
app-needs = A browser with JavaScript that may store data. If this page never changes, check in by e-mail: the registration is the same.
app-by-mail-heading = Check in by e-mail
app-by-mail = Check in by typing an e-mail address
app-by-mail-how = Point your phone's camera at the code that is posted: a page opens where you type your e-mail address.
app-check-in = Check in here
app-contact-heading = How we can tell you
app-contact-hint = Kept on this device, so that you needn't type it again. It is sent with check-ins only.
app-contact-hint-each = Type it for each check-in. It isn't kept on this device.
app-contact-save = Use this address
app-contact-change = Change
app-push-heading = Notifications too
app-push-how = This device can also notify you, or notify you instead of e-mail. On an iPhone, add the app to the home screen first.
app-push-on = Allow notifications
app-scan-heading = Read the code
app-scan-how = Point the camera at the posted code, and you are checked in there. Look at the result before you close the page.
app-scan = Read with the camera
app-scan-picture = The camera's picture
app-scan-stop = Stop the camera
app-photo = Read from a photo taken before
app-waiting-heading = Not sent yet
app-waiting-how = Sent when you open this page where there is a network. After today they can't be registered.
app-waiting-how-days = Sent when you open this page where there is a network. After { $days } days they can't be registered.
app-send-now = Send now
app-notices-heading = Notices
app-diary-heading = Your check-ins
app-diary-how = Kept on this device alone and sent nowhere. Removed { $span } after the check-in.
app-diary-none = None yet.
app-forget = Remove address and check-ins from this device
app-terms = By checking in with the app you agree to the following.
app-back = To the app

thanks-on-screen = This screen confirms your registration: look at it before you close it. No mail follows.

app-venues-heading = Find a place by name
app-venues-how = The places that are registered. Choosing one opens its check-in. Check in only while you are there.
app-venues-name = Part of the name
app-venues-find = Find
app-venues-found = Places found
app-venues-more = There are more. Type more of the name.
app-venues-none = None found.

# said by the script

app-say-stored = You are checked in
app-say-kept = Not checked in yet. There is no network, or it is busy: kept on this device, and sent later.
app-say-kept-not = You are not checked in. This device has no room left or doesn't allow keeping, so it can't be sent later. Read the code again where there is a network.
app-say-diary-full = You are checked in, but this device has no room left to keep it in your list.
app-say-no-code = No code of a place in this picture.
app-say-no-camera = The camera can't be used. Allow it in the browser's settings, or read from a photo.
app-say-no-reader = The code reader could not be loaded. Open this page again where there is a network.
app-say-no-contact = First choose how we can tell you.
app-say-typo-use = Correct it to:{" "}
app-say-typo-keep = Use it as typed
app-say-refused = Not checked in
app-say-dismiss = Remove from the list
app-say-remembered = We tell you at:{" "}
app-say-push-known = notifications
app-say-push-none = This browser can't notify. On an iPhone, open the app from the home screen, or use e-mail.
app-say-push-denied = Notifications aren't allowed. Allow them in the device's settings, or use e-mail.
app-say-push-failed = Notifications could not be set up. Try where there is a network, or use e-mail.
app-say-push-ended = Notifications had ended. Press “Allow notifications” again, or use e-mail.
app-say-forget-waiting = There are check-ins that weren't sent. If you remove them, they never will be.
app-say-forget-yes = Remove without sending
app-say-forgotten = Removed from this device. What was sent stays until its time is over.
app-say-unnamed = A place
app-say-no-keeping = This browser doesn't allow data to be kept. The app can't be used; check in by e-mail.
app-say-offline-place = Its name is known once it is sent
app-say-sending = Sending

# answered by the server

app-unknown-code = This code takes no check-ins. Please see whether the poster is the current one.
app-visit-future = The visit's time is still to come, so the check-in wasn't taken. If this device's clock was changed after you read the code, read it again.
app-visit-too-old = The visit lies more than { $days } days back, so the check-in wasn't taken. So it is, too, if this device's clock was changed after you read the code.
app-visit-not-today = The visit isn't of today, so the check-in wasn't taken. So it is, too, if this device's clock was changed after you read the code.
app-visit-not-held = This event isn't held on that day.
app-visit-not-taken = Check-ins of that day aren't taken any more.
app-push-refused = These notifications can't be used. Set them up again, or use e-mail.
app-later = It can't be registered now. It will be sent again in a while.

operator-listing = Name and address of a registered place stand on a list where visitors find it by name. Don't register a place that shouldn't be on it.
