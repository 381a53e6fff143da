<?php
// Signs a webhook (Standard Webhooks, v1), with hash_hmac alone, and prints it.
$secret = 'whsec_RXhhbXBsZSBzZWNyZXQgZm9yIHRoZSBkb2Nz';
[$host, $path] = ['hooks.example.com', '/loyalty'];
$id = 'msg_2ExampleMessage0001'; // the same for every attempt to deliver this message
$body = '{"type":"points.added","data":{"customer":"1234","points":50}}';

$now = (int) (getenv('NOW') ?: time());
$secretBytes = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
$signature = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$now.$body", $secretBytes, true));

echo "POST https://$host$path\n";
echo "Host: $host\n";
echo "Content-Type: application/json\n";
echo "webhook-id: $id\n";
echo "webhook-timestamp: $now\n";
echo "webhook-signature: $signature\n\n";
echo "$body\n";
