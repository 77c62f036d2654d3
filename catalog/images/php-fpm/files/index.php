<!doctype html>
<title>PHP</title>
<p>PHP <?= PHP_MAJOR_VERSION . "." . PHP_MINOR_VERSION ?> is running. Put the application into /var/www/html.
