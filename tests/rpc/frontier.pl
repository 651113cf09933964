# Perl's Frontier, which is older than nil and numbers of 64 bits. It prints nothing if all is as it
# should be.
use strict;
use warnings;
use Frontier::Client;

my $client = Frontier::Client->new(url => $ARGV[0]);

sub returns {
    my ($expected, $value) = @_;
    my $got = $client->call('sample.echo', $value);
    $got = $got->value if ref $got;
    $got eq $expected or die "$expected is $got";
}

returns(7, '007');
returns('007', $client->string('007'));
returns(-1, -1);
returns(0.5, 0.5);
returns(' a <b>& ', ' a <b>& ');
returns('', '');
returns(1, $client->boolean(1));
returns('20260704T08:05:09', $client->date_time('20260704T08:05:09'));
returns('c291cA==', $client->base64('c291cA=='));
my $deep = $client->call('sample.echo', { a => [1, { 'b c' => 'x' }] });
$deep->{a}[1]{'b c'} eq 'x' or die 'a struct';
$client->call('sample.add', 2, 3) == 5 or die 'a sum';
eval { $client->call('sample.divide', 1, 0) };
$@ =~ /fault code 1\b/i or die "a fault: $@";
eval { $client->call('none') };
$@ =~ /-32601/ or die "no procedure: $@";
