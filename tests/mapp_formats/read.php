<?php
// Prints what PHP unserializes from 0.php, 1.php, ... below the given number: one line a file. PHP's own `serialize` has to
// write it back byte for byte.
function line($value)
{
    if (is_string($value)) {
        return "'" . bin2hex($value);
    }
    if (!is_array($value)) {
        throw new Exception('neither a string nor an array: ' . gettype($value));
    }
    $line = '(';
    foreach ($value as $key => $member) {
        $line .= (is_int($key) ? "#$key" : $key) . '=' . line($member) . ',';
    }
    return $line . ')';
}

set_error_handler(function ($level, $message) {
    throw new Exception($message);
});
for ($number = 0; $number < (int) $argv[1]; $number++) {
    $text = file_get_contents("$number.php");
    $value = unserialize($text, ['allowed_classes' => false]);
    if (serialize($value) !== $text) {
        throw new Exception("$number.php: PHP writes it otherwise");
    }
    echo line($value), "\n";
}
