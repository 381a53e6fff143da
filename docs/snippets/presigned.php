<?php
// Presigns a URL for Antavo's API (Escher), with hash and hash_hmac alone, and prints the request that it makes.
[$key, $secret] = ['AN1EXAMPLEKEY000001', 'Example+Secret/For-The-Docs'];
[$stack, $host] = ['st1', 'api.st1.antavo.com'];
$path = '/v1/customers/1234';
$life = 3600; // seconds, a week at most

$now = (int) (getenv('NOW') ?: time());
$date = gmdate('Ymd\THis\Z', $now);
$scope = substr($date, 0, 8) . "/$stack/api/antavo_request";
$pairs = [
    'fields' => 'name,tier',
    'X-Antavo-Algorithm' => 'ANTAVO-HMAC-SHA256',
    'X-Antavo-Credentials' => "$key/$scope",
    'X-Antavo-Date' => $date,
    'X-Antavo-Expires' => (string) $life,
    'X-Antavo-SignedHeaders' => 'host',
];
$encode = fn ($text) => str_replace(['%21', '%2A'], ['!', '*'], rawurlencode($text));
$encoded = array_map(fn ($name, $value) => $encode($name) . '=' . $encode($value), array_keys($pairs), $pairs);
$url = "https://$host$path?" . implode('&', $encoded);
sort($encoded, SORT_STRING);

$payload = hash('sha256', 'UNSIGNED-PAYLOAD');
$canonical = implode("\n", ['GET', $path, implode('&', $encoded), "host:$host", '', 'host', $payload]);
$toSign = implode("\n", ['ANTAVO-HMAC-SHA256', $date, $scope, hash('sha256', $canonical)]);

$signingKey = "ANTAVO$secret";
foreach (explode('/', $scope) as $part) {
    $signingKey = hash_hmac('sha256', $part, $signingKey, true);
}
$signature = hash_hmac('sha256', $toSign, $signingKey);

echo "GET $url&X-Antavo-Signature=$signature\n";
echo "Host: $host\n\n";
