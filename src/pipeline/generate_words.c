/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/generate_words.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* clang-format off */
const struct generate_state generate_states[] = {
	{"SP",  1000, 19000, 4201, 5950, -22800, -47600, {"são paulo", "campinas", "guarulhos"}},
	{"RJ", 20000,  9000, 1290,  550, -22700, -43200, {"rio de janeiro", "niterói", "nova iguaçu"}},
	{"MG", 30000, 10000, 1170,  790, -19400, -44200, {"belo horizonte", "uberlândia", "juiz de fora"}},
	{"RS", 90000, 10000,  550,  420, -29600, -51900, {"porto alegre", "caxias do sul", "pelotas"}},
	{"PR", 80000,  8000,  507, 1130, -24700, -51000, {"curitiba", "londrina", "maringá"}},
	{"SC", 88000,  2000,  366,  610, -27300, -49500, {"florianópolis", "joinville", "blumenau"}},
	{"BA", 40000,  9000,  340,   60, -12900, -39500, {"salvador", "feira de santana", "ilhéus"}},
	{"DF", 70000,  2800,  215,  100, -15800, -47900, {"brasília", "taguatinga"}},
	{"ES", 29000,  1000,  204,   80, -20200, -40500, {"vitória", "vila velha", "serra"}},
	{"GO", 72800,  4000,  203,  130, -16500, -49300, {"goiânia", "anápolis"}},
	{"PE", 50000,  7000,  166,   40,  -8300, -35900, {"recife", "olinda", "caruaru"}},
	{"CE", 60000,  4000,  134,   40,  -4600, -39200, {"fortaleza", "sobral"}},
	{"PA", 66000,  2890,   98,    5,  -2400, -48900, {"belém", "santarém", "marabá"}},
	{"MT", 78000,   900,   91,   15, -14300, -55600, {"cuiabá", "sinop"}},
	{"MA", 65000,  1000,   75,    5,  -3700, -45000, {"são luís", "imperatriz"}},
	{"MS", 79000,  1000,   72,   20, -21000, -54800, {"campo grande", "dourados"}},
	{"PB", 58000,  1000,   54,   10,  -7200, -36000, {"joão pessoa", "campina grande"}},
	{"PI", 64000,  1000,   50,    5,  -6700, -42600, {"teresina", "parnaíba"}},
	{"RN", 59000,  1000,   49,   15,  -5800, -36300, {"natal", "mossoró"}},
	{"AL", 57000,  1000,   42,    5,  -9600, -36400, {"maceió", "arapiraca"}},
	{"SE", 49000,  1000,   35,    5, -10800, -37300, {"aracaju", "lagarto"}},
	{"TO", 77000,  1000,   28,    3, -10000, -48300, {"palmas", "araguaína"}},
	{"RO", 76800,   200,   25,    5, -10900, -62300, {"porto velho", "ji-paraná"}},
	{"AM", 69000,   300,   15,    3,  -3500, -60900, {"manaus", "itacoatiara"}},
	{"AC", 69900,   100,    8,    2,  -9500, -68900, {"rio branco", "xapuri"}},
	{"AP", 68900,   100,    7,    1,   -100, -51300, {"macapá", "santana"}},
	{"RR", 69300,   100,    5,    1,   1900, -60900, {"boa vista", "caracaraí"}},
};
const size_t generate_state_count = COUNT(generate_states);

const struct generate_category generate_categories[] = {
	{"casa_banho", "home_bath", 90},           {"beleza_cuidados", "beauty_care", 110},
	{"esporte_ar_livre", "sport_outdoor", 95}, {"moveis_sala", "living_room", 120},
	{"acessorios_computador", "computer_parts", 105}, {"cozinha_mesa", "kitchen_table", 85},
	{"relogios_joias", "watches_jewels", 170}, {"telefones_capas", "phones_cases", 50},
	{"jardim_piscina", "garden_pool", 105},    {"carro_moto", "car_motorbike", 130},
	{"brinquedos_jogos", "toys_games", 100},   {"bebe_gravidez", "baby_maternity", 125},
	{"perfumes", "perfumes", 110},             {"papelaria_escola", "paper_school", 85},
	{"moda_bolsas", "fashion_bags", 75},       {"animais", "pets", 100},
	{"moveis_escritorio", "office_furniture", 150}, {"eletronicos_som", "electronics_sound", 55},
	{"ferramentas_obra", "tools_building", 140}, {"instrumentos_musica", "music_instruments", 260},
	{"eletroportateis", "small_appliances", 260}, {"malas_viagem", "luggage_travel", 120},
	{"videogames_consoles", "games_consoles", 150}, {"livros_geral", "books", 65},
	{"iluminacao", "lighting", 80},            {"bebidas", "drinks", 60},
	{"alimentos", "food", 55},                 {"climatizacao", "heating_cooling", 160},
	{"calcados", "shoes", 80},                 {"artes_artesanato", "arts_crafts", 70},
	{"filmes_discos", "films_records", 60},    {"natal_festas", "christmas_parties", 60},
	{"computadores", "computers", 450},        {"seguranca_casa", "home_safety", 180},
	{"colecionaveis", NULL, 120},              {"jogos_pc_pecas", NULL, 150},
};
const size_t generate_category_count = COUNT(generate_categories);

const uint32_t generate_prices[GENERATE_PRICE_STEPS + 1] = {
	390, 1290, 1690, 1990, 2490, 2990, 3490, 3990, 4590, 5290, 5990,
	6990, 7990, 8990, 9990, 11990, 13990, 16990, 21990, 32990, 149990};

const uint32_t generate_months[GENERATE_MONTHS] = {
	1, 35, 1, 1,                                                /* September 2016 on */
	85, 185, 280, 250, 380, 335, 415, 450, 435, 475, 610, 580,  /* 2017 */
	740, 690, 740, 710, 700, 630, 640, 660, 2, 1};              /* 2018 */
const uint32_t generate_weekdays[7] = {114, 113, 109, 104, 99, 76, 85};
const uint32_t generate_hours[24] = {24, 12, 5, 3, 2, 2, 5, 12, 30, 48, 62, 66, 60, 65, 66, 65, 67,
	62, 58, 60, 62, 62, 58, 41};

static const char *const bad_titles[] = {
	"NAO RECEBI", "Não recomendo", "Produto errado", "Atraso", "Péssimo", "Veio quebrado"};
static const char *const bad_phrases[] = {
	"O pedido ainda não chegou", "Recebi outro produto no lugar", "Faltou uma peça na caixa",
	"Já escrevi três vezes e ninguém responde", "A caixa veio amassada e o vidro trincado",
	"Quero devolver e receber meu dinheiro de volta", "A cor não é a da foto, é bem mais escura",
	"Comprei 2, recebi só 1", "Parou de funcionar no segundo dia",
	"O prazo era dia 12, hoje é dia 25", "O tamanho não confere com o anúncio"};
static const char *const middling_titles[] = {"Razoável", "Mais ou menos", "Esperava mais", "ok"};
static const char *const middling_phrases[] = {
	"Cumpre o que promete, nada além", "O produto é bom, a entrega demorou",
	"Material simples pelo preço", "Chegou no prazo, mas sem nota fiscal",
	"Achei menor do que parecia", "Serve, porém a tampa não fecha direito"};
static const char *const good_titles[] = {
	"Recomendo", "Ótimo", "MUITO BOM", "Adorei!", "Entrega rápida", "Perfeito", "10", "Super bom"};
static const char *const good_phrases[] = {
	"Chegou antes do prazo", "Bem embalado", "Igual ao anúncio", "Minha filha adorou",
	"Já é a segunda vez que compro nesta loja", "Qualidade muito boa", "Funciona perfeitamente",
	"Vendedor atencioso", "Bom preço, boa entrega", "Vou comprar de novo",
	"Fácil de montar, levei 20 minutos", "Tecido macio e cor viva"};
/* clang-format on */

#define PHRASES(mood)                                                                              \
	{                                                                                          \
		mood##_titles, COUNT(mood##_titles), mood##_phrases, COUNT(mood##_phrases)         \
	}
const struct generate_phrases generate_phrases[GENERATE_MOODS] = {
	[GENERATE_BAD] = PHRASES(bad),
	[GENERATE_MIDDLING] = PHRASES(middling),
	[GENERATE_GOOD] = PHRASES(good),
};
