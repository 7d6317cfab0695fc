package main

// Names of the demo's people and companies: common ones, of nobody in
// particular. First and last names meet at random.
var (
	demoFirstNames = []string{
		"Ada", "Adam", "Aisha", "Alba", "Amir", "Ana", "Anders", "Anna", "Aylin", "Beatriz", "Ben", "Bruno", "Camille", "Carla", "Chen", "Clara", "Daniel", "David",
		"Deniz", "Diego", "Elena", "Elif", "Emil", "Emma", "Erik", "Fatima", "Felix", "Finn", "Freya", "Gabriel", "Greta", "Hanna", "Hassan", "Helena", "Hugo",
		"Ida", "Ines", "Ingrid", "Ivan", "Jakub", "Jana", "Jonas", "Julia", "Karim", "Kasia", "Kim", "Lars", "Laura", "Lea", "Leila", "Leon", "Lina", "Louis",
		"Luca", "Magda", "Maja", "Marco", "Maria", "Marta", "Mateo", "Max", "Mei", "Mia", "Mila", "Nadia", "Nico", "Nina", "Nora", "Olga", "Omar", "Oscar",
		"Pablo", "Paula", "Pavel", "Petra", "Priya", "Rafael", "Rania", "Ravi", "Rosa", "Ruben", "Sam", "Samira", "Sara", "Sofia", "Stefan", "Tariq", "Teresa",
		"Theo", "Tomas", "Ulla", "Vera", "Viktor", "Wanda", "Yara", "Yuki", "Yusuf", "Zoe",
	}
	demoLastNames = []string{
		"Adler", "Almeida", "Andersen", "Arslan", "Bach", "Bauer", "Becker", "Berg", "Bianchi", "Blanc", "Brandt", "Braun", "Carvalho", "Castro", "Cohen", "Costa",
		"Cruz", "Dahl", "Demir", "Diaz", "Dubois", "Eriksen", "Esposito", "Fischer", "Fontana", "Fuchs", "Garcia", "Gomez", "Gruber", "Haas", "Hahn", "Hansen",
		"Hartmann", "Herrera", "Hoffmann", "Horvat", "Huber", "Ito", "Ivanov", "Jansen", "Jensen", "Kaya", "Keller", "Klein", "Koch", "Kovacs", "Kowalski", "Kumar",
		"Lang", "Larsen", "Lehmann", "Leroy", "Lind", "Lopez", "Lorenz", "Ludwig", "Maier", "Marino", "Martin", "Meyer", "Moreau", "Moretti", "Morgan", "Mueller",
		"Nagy", "Nakamura", "Navarro", "Neumann", "Nguyen", "Nielsen", "Novak", "Oliveira", "Olsen", "Ortega", "Park", "Patel", "Pereira", "Peters", "Petrov",
		"Ricci", "Richter", "Rivera", "Romano", "Roth", "Ruiz", "Sahin", "Santos", "Schmidt", "Schneider", "Schulz", "Silva", "Singh", "Sommer", "Stein", "Svensson",
		"Tanaka", "Torres", "Vogel", "Wagner", "Weber", "Winter", "Wolf", "Yilmaz", "Zimmer",
	}
)
