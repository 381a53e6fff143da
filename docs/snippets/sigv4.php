<?php
// Signs a request with AWS Signature Version 4, with hash and hash_hmac alone, and prints it.
[$key, $secret] = ['AKIDEXAMPLEKEY000001', 'Example+Secret/For-The-Docs'];
[$region, $service, $host] = ['eu-central-1', 'execute-api', 'api.example.com'];
[$method, $path] = ['POST', '/v1/events']; // without dot segments and `//`
$pairs = ['source' => 'web shop', 'locale' => 'de'];
$body = '{"customer":"1234","action":"point_add"}';

$now = (int) (getenv('NOW') ?: time());
$date = gmdate('Ymd\THis\Z', $now);
$scope = substr($date, 0, 8) . "/$region/$service/aws4_request";
$encoded = array_map(fn ($name, $value) => [rawurlencode($name), rawurlencode($value)], array_keys($pairs), $pairs);
sort($encoded); // by name, then value
$query = implode('&', array_map(fn ($pair) => implode('=', $pair), $encoded));

$headers = ['host' => $host, 'x-amz-date' => $date];
$signed = implode(';', array_keys($headers));
$lines = array_map(fn ($name, $value) => "$name:$value", array_keys($headers), $headers);
$encodedPath = str_replace('%2F', '/', rawurlencode($path));
$canonical = implode("\n", [$method, $encodedPath, $query, ...$lines, '', $signed, hash('sha256', $body)]);
$toSign = implode("\n", ['AWS4-HMAC-SHA256', $date, $scope, hash('sha256', $canonical)]);

$signingKey = "AWS4$secret";
foreach (explode('/', $scope) as $part) {
    $signingKey = hash_hmac('sha256', $part, $signingKey, true);
}
$signature = hash_hmac('sha256', $toSign, $signingKey);

echo "$method https://$host$path?$query\n";
echo "Host: $host\n";
echo "X-Amz-Date: $date\n";
echo "Authorization: AWS4-HMAC-SHA256 Credential=$key/$scope, SignedHeaders=$signed, Signature=$signature\n";
echo "Content-Type: application/json\n\n";
echo "$body\n";
