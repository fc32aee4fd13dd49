# A contact who uses ruby-xmpp4r: sends one file or receives one, and tells it in JSON lines.
#
# The command line and the lines printed are those of every program in this folder: see README.md.
#
# xmpp4r speaks the in-band bytestreams of XEP-0047 1.x: data in messages, never acknowledged. It sends such data and
# understands nothing else.

require "json"
require "optparse"
require "xmpp4r"
require "xmpp4r/bytestreams"
require "xmpp4r/discovery"
require "xmpp4r/roster"

# xmpp4r has every position in its input be 0. That was of no account until REXML 3.3 began to step back by positions: it
# then reads the same end of a text for ever, and nobody logs in.
REXML::IOSource.remove_method(:position) if REXML::Source.method_defined?(:position=)

$stdout.sync = true
Jabber.debug = true if ENV["PEER_DEBUG"]

CHUNK = 65_536
FEATURES = %w[si si/profile/file-transfer bytestreams ibb feature-neg].map { |name| "http://jabber.org/protocol/#{name}" }

def tell(event, **fields)
  puts JSON.generate({ event: event, **fields })
end

# xmpp4r's threads do not wait for each other, so that now and then a stanza is lost, or taken for another, and it hangs. Here
# each does. What xmpp4r says and understands stays as it is.
module OneAfterTheOther
  # It has another parser read after TLS and after SASL. The one before would take from it what it needs.
  def stop
    super
    @parser_thread.join
    @processing = 0
  end

  # It goes on as soon as it has seen the server's features, while they still look for somebody who waits for anything: they would
  # be the reply to what it says next.
  def starttls
    rest
    super
  end

  def auth(password)
    rest
    super
  end

  private

  def rest
    sleep 0.001 until @tbcbmutex.synchronize { @processing.zero? }
  end
end

# It tells a target that it is connected before it knows so itself, and looks once.
module PatientServer
  def peer_sock(address)
    deadline = Time.now + 10
    sleep 0.001 until (found = super) || Time.now > deadline
    found
  end
end

Jabber::Client.prepend(OneAfterTheOther)
Jabber::Bytestreams::SOCKS5BytestreamsServer.prepend(PatientServer)

def log_in(options)
  client = Jabber::Client.new(Jabber::JID.new(options[:jid]))
  client.connect(options[:host], options[:port])
  client.auth(options[:password])
  client
rescue Jabber::ClientAuthenticationFailure
  tell("error", reason: "the password is wrong")
  exit 1
end

def tell_what_we_can(client)
  responder = Jabber::Discovery::Responder.new(client)
  responder.identities = [Jabber::Discovery::Identity.new("client", "xmpp4r", "pc")]
  responder.features = FEATURES.map { |name| Jabber::Discovery::Feature.new(name) }
end

# Sends one file to the peer.
class Sender
  def initialize(client, options)
    @client = client
    @options = options
    @methods = options[:methods]
  end

  def run
    stream = offer or return tell("error", reason: "declined")
    add_streamhosts(stream) if stream.is_a?(Jabber::Bytestreams::SOCKS5BytestreamsInitiator)
    stream.open
    File.open(@options[:file], "rb") do |file|
      while (chunk = file.read(CHUNK))
        stream.write(chunk)
      end
    end
    stream.flush
    stream.close
    tell("done", path: @options[:file])
  rescue StandardError => e
    tell("error", reason: "#{e.class}: #{e.message}")
  end

  private

  def offer
    helper = Jabber::FileTransfer::Helper.new(@client)
    helper.allow_bytestreams = (@methods & %w[socks5-direct socks5-proxy]).any?
    helper.allow_ibb = @methods.include?("in-band")
    helper.offer(Jabber::JID.new(@options[:peer]), Jabber::FileTransfer::FileSource.new(@options[:file]))
  end

  def add_streamhosts(stream)
    stream.add_streamhost(own_server) if @methods.include?("socks5-direct")
    stream.add_streamhost("proxy.#{@client.jid.domain}") if @methods.include?("socks5-proxy")
    stream.streamhosts.each { |streamhost| streamhost.port = 1 } if @options[:dead_streamhosts]
  end

  def own_server
    port = TCPServer.open("127.0.0.1", 0) { |probe| probe.addr[1] }
    server = Jabber::Bytestreams::SOCKS5BytestreamsServer.new(port, "127.0.0.1")
    server.add_address("127.0.0.1")
    server
  end
end

# Receives one file, or declines it.
class Receiver
  def initialize(client, options)
    @options = options
    @helper = Jabber::FileTransfer::Helper.new(client)
  end

  def run
    @helper.add_incoming_callback do |iq, file|
      tell("offer", name: file.fname, size: file.size)
      @options[:mode] == "decline" ? @helper.decline(iq) : accept(iq, file)
    end
  end

  private

  # The parser, whose thread this is, reads on when the stream waits for what the sender says next.
  def accept(iq, file)
    stream = @helper.accept(iq) or return tell("error", reason: "no common method")
    Thread.new { receive(stream, file) }
    stream.accept_wait
  end

  def receive(stream, file)
    return tell("error", reason: "no stream") unless stream.accept

    path = File.join(@options[:dir], File.basename(file.fname))
    received = File.open(path, "wb") { |out| copy(stream, out, file.size) }
    return tell("error", reason: "#{received} of #{file.size} bytes arrived") if received != file.size

    tell("done", path: path)
  rescue StandardError => e
    tell("error", reason: "#{e.class}: #{e.message}")
  end

  # An in-band stream ends when the sender closes it; a socket may as well be left after the last byte.
  def copy(stream, out, size)
    if stream.is_a?(Jabber::Bytestreams::IBB)
      while (block = stream.read)
        out.write(block)
      end
    else
      while out.pos < size && (chunk = stream.read([CHUNK, size - out.pos].min))
        out.write(chunk)
      end
      stream.close
    end
    out.pos
  end
end

options = { methods: %w[socks5-direct socks5-proxy in-band] }
OptionParser.new do |parser|
  %w[jid password host mode peer file dir].each { |name| parser.on("--#{name} TEXT") { |text| options[name.to_sym] = text } }
  parser.on("--port PORT", Integer) { |port| options[:port] = port }
  parser.on("--methods A,B", Array) { |methods| options[:methods] = methods }
  parser.on("--dead-streamhosts") { options[:dead_streamhosts] = true }
end.parse!

client = log_in(options)
tell_what_we_can(client)
receiver = Receiver.new(client, options)
receiver.run unless options[:mode] == "send"
client.send(Jabber::Presence.new)
tell("ready", jid: client.jid.to_s)
Thread.new { Sender.new(client, options).run } if options[:mode] == "send"

# The test holds our standard input open for as long as it wants us to live.
$stdin.read
exit!
