<?php
// Signs a request as Antavo's API wants it (Escher), with hash and hash_hmac alone, and prints it.
[$key, $secret] = ['AN1EXAMPLEKEY000001', 'Example+Secret/For-The-Docs'];
[$stack, $host] = ['st1', 'api.st1.antavo.com'];
[$method, $path] = ['POST', '/v1/events'];
$pairs = ['source' => 'web shop', 'locale' => 'de'];
$body = '{"customer":"1234","action":"point_add"}';

$now = (int) (getenv('NOW') ?: time());
$date = gmdate('Ymd\THis\Z', $now);
$scope = substr($date, 0, 8) . "/$stack/api/antavo_request";
$encode = fn ($text) => str_replace(['%21', '%2A'], ['!', '*'], rawurlencode($text));
$encoded = array_map(fn ($name, $value) => $encode($name) . '=' . $encode($value), array_keys($pairs), $pairs);
sort($encoded, SORT_STRING);
$query = implode('&', $encoded);

$canonical = implode("\n", [$method, $path, $query, "date:$date", "host:$host", '', 'date;host', hash('sha256', $body)]);
$toSign = implode("\n", ['ANTAVO-HMAC-SHA256', $date, $scope, hash('sha256', $canonical)]);

$signingKey = "ANTAVO$secret";
foreach (explode('/', $scope) as $part) {
    $signingKey = hash_hmac('sha256', $part, $signingKey, true);
}
$signature = hash_hmac('sha256', $toSign, $signingKey);

echo "$method https://$host$path?$query\n";
echo "Host: $host\n";
echo "Date: $date\n";
echo "Authorization: ANTAVO-HMAC-SHA256 Credential=$key/$scope, SignedHeaders=date;host, Signature=$signature\n";
echo "Content-Type: application/json\n\n";
echo "$body\n";
