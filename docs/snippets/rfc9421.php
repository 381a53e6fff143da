<?php
// Signs a request by RFC 9421 (hmac-sha256), with hash and hash_hmac alone, and prints it.
[$key, $secret] = ['demok_Example000000001', 'Example+Secret/For-The-Docs'];
$host = 'api.example.com';
[$method, $path, $query] = ['POST', '/v1/events', 'locale=de&source=web%20shop'];
$body = '{"customer":"1234","action":"point_add"}';

$now = (int) (getenv('NOW') ?: time());
$digest = 'sha-256=:' . base64_encode(hash('sha256', $body, true)) . ':';
$components = [
    '@method' => $method,
    '@authority' => $host,
    '@path' => $path,
    '@query' => "?$query",
    'content-digest' => $digest,
    'content-type' => 'application/json',
];
$covered = implode(' ', array_map(fn ($name) => "\"$name\"", array_keys($components)));
$parameters = "($covered);created=$now;keyid=\"$key\"";
$lines = array_map(fn ($name, $value) => "\"$name\": $value", array_keys($components), $components);
$base = implode("\n", [...$lines, "\"@signature-params\": $parameters"]);
$signature = base64_encode(hash_hmac('sha256', $base, $secret, true));

echo "$method https://$host$path?$query\n";
echo "Host: $host\n";
echo "Content-Type: application/json\n";
echo "Content-Digest: $digest\n";
echo "Signature-Input: sig1=$parameters\n";
echo "Signature: sig1=:$signature:\n\n";
echo "$body\n";
