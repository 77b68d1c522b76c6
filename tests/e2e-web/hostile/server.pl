# What a hostile workspace serves: pages that script can be run in, cookies for its neighbours, and a
# service worker that takes whatever it can.
$| = 1;
my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8080", Listen => 64, ReuseAddr => 1) or die;
my $page = "<!doctype html><title>hostile</title><h1>hostile</h1>";
my $worker = "self.addEventListener('install', () => self.skipWaiting());"
    . "self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));"
    . "self.addEventListener('fetch', (event) => event.respondWith(new Response('taken by the worker')));";
my @tossed = (
    "tossed=1; Domain=toft.localhost; Path=/; Secure",
    "__Host-toft=forged; Path=/; Secure",
    "__Host-toft=forged; Domain=toft.localhost; Path=/; Secure",
    "__host-TOFT=forged; Path=/; Secure",
    "own=1; Path=/; Secure",
);
while (my $client = $listener->accept) {
    my $request = <$client> // "";
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
    my ($type, $body, $more) = ("text/html", $page, "");
    if ($request =~ m{^GET /worker\.js}) { ($type, $body, $more) = ("text/javascript", $worker, "Service-Worker-Allowed: /\r\n") }
    if ($request =~ m{^GET /toss}) { $more = join("", map { "Set-Cookie: $_\r\n" } @tossed) }
    print $client "HTTP/1.1 200 OK\r\nContent-Type: $type\r\nContent-Length: " . length($body) . "\r\n$more"
        . "Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n$body";
    close $client;
}
