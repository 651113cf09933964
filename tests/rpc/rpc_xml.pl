# Perl's RPC::XML. It prints nothing if all is as it should be.
use strict;
use warnings;
use utf8;
use RPC::XML qw(:types);
use RPC::XML::Client;

$RPC::XML::ENCODING = 'utf-8';
$RPC::XML::ALLOW_NIL = 1;
my $client = RPC::XML::Client->new($ARGV[0]);

sub call {
    my $answer = $client->send_request(@_);
    ref $answer or die "$_[0]: $answer";
    return $answer;
}

sub returns {
    my ($type, $expected, $value) = @_;
    my $answer = call('sample.echo', $value);
    $answer->type eq $type or die "$expected is a " . $answer->type;
    $answer->value eq $expected or die "$expected is " . $answer->value;
}

# What type a scalar has, it guesses.
returns(int => 7, '007');
returns(int => -1, -1);
returns(i8 => 2**40, 2**40);
returns(double => 0.5, 0.5);
returns(string => 'soup', 'soup');
returns(string => '007', RPC_STRING('007'));
returns(string => " a <b>& ]]> \"' ", " a <b>& ]]> \"' ");
returns(boolean => 1, RPC_BOOLEAN(1));
returns('dateTime.iso8601' => '20260704T08:05:09', RPC_DATETIME_ISO8601('20260704T08:05:09'));
returns('dateTime.iso8601' => '20260704T08:05:09', RPC_DATETIME_ISO8601('2026-07-04T08:05:09Z'));
returns(base64 => "\0\xff" x 100, RPC_BASE64("\0\xff" x 100));
call('sample.echo', RPC_NIL)->type eq 'nil' or die 'nil';
my $deep = call('sample.echo', { a => [1, { 'b c' => 'x' }] })->value;
$deep->{a}[1]{'b c'} eq 'x' or die 'a struct';
call('test.lines')->value eq "a\r\nb\rc" or die 'line ends';

my $fault = call('sample.divide', 1, 0);
$fault->is_fault && $fault->code == 1 or die 'a fault';
call('none')->code == -32601 or die 'no procedure';

my $many = call('system.multicall', [
    { methodName => 'sample.add', params => [2, 3] },
    { methodName => 'sample.divide', params => [1, 0] },
])->value;
$many->[0][0] == 5 && $many->[1]{faultCode} == 1 or die 'a multicall';
call('system.methodSignature', 'sample.add')->value->[0][2] eq 'int' or die 'a signature';
