%% Run by ejabberd once it is up: couples of accounts who see each other, then the word that the test waits for. It says
%% how far it is, for on a busy machine it takes longer than a test bears silence.
Domain = <<"@DOMAIN@">>,
Register = fun(User) -> ok = ejabberd_auth:try_register(User, Domain, <<"@PASSWORD@">>) end,
Befriend = fun(User, Friend) ->
    ok = mod_admin_extra:add_rosteritem(User, Domain, Friend, Domain, Friend, <<"Friends">>, <<"both">>)
end,
Couple = fun(Number) ->
    [Juliet, Romeo] = [<<Name/binary, (integer_to_binary(Number))/binary>> || Name <- [<<"juliet">>, <<"romeo">>]],
    Register(Juliet), Register(Romeo),
    Befriend(Juliet, Romeo), Befriend(Romeo, Juliet),
    io:format("couple ~b is there~n", [Number])
end,
lists:foreach(Couple, lists:seq(1, @COUPLES@)),
io:format("accounts are ready~n").
