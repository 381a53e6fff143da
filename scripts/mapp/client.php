<?php
// Calls the XML API as a customer's PHP program does, with answers in PHP's own format.
//
//     php client.php http://127.0.0.1:PORT/ KEY SECRET

[, $url, $key, $secret] = $argv;

function post(string $url, string $key, string $secret, string $calls, string $options = ''): array
{
    $document = "<api><authentication><api_key>$key</api_key><shared_secret>$secret</shared_secret>"
        . "<response_type>PHP</response_type>$options</authentication><data>$calls</data></api>";
    $answer = file_get_contents($url, false, stream_context_create(['http' => [
        'method' => 'POST',
        'header' => 'Content-Type: application/x-www-form-urlencoded',
        'content' => http_build_query(['data' => $document]),
    ]]));
    $tree = unserialize($answer, ['allowed_classes' => false]);
    if (!is_array($tree)) {
        fwrite(STDERR, "not PHP's format: $answer\n");
        exit(1);
    }
    return $tree;
}

function show(string $title, array $tree): void
{
    echo "-- $title\n   ", json_encode($tree, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";
}

$list = '<methodCall><methodName>transactional.listTemplates</methodName></methodCall>';
$add = '<methodCall><methodName><![CDATA[legacy.manage_subscriber]]></methodName>'
    . '<grp><![CDATA[7]]></grp><email><![CDATA[zoë@example.com]]></email></methodCall>';
$short = '<methodCall><methodName>legacy.manage_subscriber</methodName><email>a@example.com</email></methodCall>';

show('two calls succeed', post($url, $key, $secret, $list . $add));
show('the first error halts', post($url, $key, $secret, $short . $add));
show('with no_halt it goes on', post($url, $key, $secret, $short . $add, '<no_halt>1</no_halt>'));
show('a wrong secret', post($url, $key, 'f0e1d2c3b4a59687', $list));
show('a value that would break out', post($url, $key, $secret,
    '<methodCall><methodName>legacy.manage_subscriber</methodName><grp>";i:0;</grp>'
    . '<email><![CDATA[é";}s:1:"x]]></email></methodCall>'));
